import { Effect } from "effect"
import mammoth from "mammoth"
import { corrupt } from "../DocumentUnreadable.ts"
import { parseHtml } from "./html.ts"

/** Word documents, by the styles of their paragraphs. Pictures are left out. */
export const parseDocx = (bytes: Uint8Array) =>
  Effect.tryPromise({
    try: () =>
      mammoth.convertToHtml(
        { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) },
        {
          convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: "" })),
          styleMap: [
            "p[style-name='Title'] => h1:fresh",
            "p[style-name='Subtitle'] => p:fresh",
            "p[style-name='Code'] => pre:separator('\\n')"
          ]
        }
      ),
    catch: (cause) => corrupt("Word document", cause)
  }).pipe(
    Effect.map(({ value }) =>
      parseHtml(value, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    )
  )
