/** Files of operations, as their programs write them. */
import { Document, HeadingLevel, Packer, Paragraph } from "docx"
import { PDFDocument, StandardFonts } from "pdf-lib"

export const pdf = async () => {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.Helvetica)
  const page = document.addPage([600, 800])
  page.drawText("Loss of the master", { x: 50, y: 730, size: 20, font })
  page.drawText("To switch to the backup master, run conman switchmgr on the backup.", {
    x: 50,
    y: 700,
    size: 11,
    font
  })
  page.drawText("Then check that its agents are linked again.", { x: 50, y: 686, size: 11, font })
  return new Uint8Array(await document.save())
}

export const docx = async () => {
  const document = new Document({
    sections: [
      {
        children: [
          new Paragraph({ text: "Closing of the month", heading: HeadingLevel.HEADING_1 }),
          new Paragraph(
            "When the heron ledger is locked, ask finance to unlock the heron ledger, and rerun the stream."
          )
        ]
      }
    ]
  })
  return new Uint8Array(await Packer.toBuffer(document))
}

export const html = () =>
  Promise.resolve(`<!doctype html><html><head><title>Certificates</title><style>p { color: red }</style></head>
<body><nav><a href="/">Home</a></nav><h1>Certificates of agents</h1>
<p>To rotate the kestrel certificate, stop the agent, replace the key store, and start it again.</p></body></html>`)

export const log = () =>
  Promise.resolve(`===============================================================
= JOB       : FTA1#PAYROLL[(0600 11/02/26),(0AAAAAAAAAAAAAB3)].CALC_NET
= USER      : payroll
= JCLFILE   : /opt/payroll/calc.sh
= Job Number: 1053422
= Mon 11/02/26 06:00:02 CET
===============================================================
the marmot feed is missing
ERROR: cannot open /data/marmot.csv
===============================================================
= Exit Status           : 4
= System Time (Seconds) : 1     Elapsed Time (Minutes) : 0
= User Time (Seconds)   : 0
= Mon 11/02/26 06:00:03 CET
===============================================================
`)
