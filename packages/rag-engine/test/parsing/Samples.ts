/** Files of every kind, made while the tests run, and broken ones of the same kinds. */
import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow } from "docx"
import { strToU8, zipSync } from "fflate"
import { PDFDocument, StandardFonts } from "pdf-lib"

interface PdfPage {
  readonly title?: string
  readonly lines: ReadonlyArray<string>
}

/** A PDF with a head and a foot on each page, titles in 20 points and text in 11. */
export const pdf = async (pages: ReadonlyArray<PdfPage>, title?: string): Promise<Uint8Array> => {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.Helvetica)
  if (title !== undefined) document.setTitle(title)
  pages.forEach(({ lines, title }, index) => {
    const page = document.addPage([600, 800])
    page.drawText("Operations manual", { x: 50, y: 780, size: 8, font })
    if (title !== undefined) page.drawText(title, { x: 50, y: 730, size: 20, font })
    lines.forEach((line, row) => {
      page.drawText(line, { x: 50, y: 700 - row * 14, size: 11, font })
    })
    page.drawText(`Page ${index + 1}`, { x: 300, y: 20, size: 8, font })
  })
  return document.save()
}

export const docx = async (): Promise<Uint8Array> => {
  const row = (...cells: ReadonlyArray<string>) =>
    new TableRow({ children: cells.map((text) => new TableCell({ children: [new Paragraph(text)] })) })
  const document = new Document({
    sections: [
      {
        children: [
          new Paragraph({ text: "Recovery of job streams", heading: HeadingLevel.HEADING_1 }),
          new Paragraph("A stream in STUCK waits for an operator."),
          new Paragraph({ text: "Steps", heading: HeadingLevel.HEADING_2 }),
          new Paragraph({ text: "Look at the log", bullet: { level: 0 } }),
          new Paragraph({ text: "Rerun the job", bullet: { level: 0 } }),
          new Table({ rows: [row("Status", "Meaning"), row("ABEND", "ended with an error")] })
        ]
      }
    ]
  })
  return new Uint8Array(await Packer.toBuffer(document))
}

const relationships = (entries: string) =>
  `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${entries}</Relationships>`
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

/** The least that is a workbook: one sheet, its texts inline. */
export const xlsx = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  extra: Record<string, Uint8Array> = {}
): Uint8Array => {
  const cells = rows.map(
    (row, y) =>
      `<row r="${y + 1}">${row.map((text, x) => `<c r="${String.fromCharCode(65 + x)}${y + 1}" t="inlineStr"><is><t>${text}</t></is></c>`).join("")}</row>`
  )
  const parts = {
    "[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": relationships(`<Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/>`),
    "xl/workbook.xml": `<?xml version="1.0"?><workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relationships(
      `<Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/>`
    ),
    "xl/worksheets/sheet1.xml": `<?xml version="1.0"?><worksheet xmlns="${main}"><sheetData>${cells.join("")}</sheetData></worksheet>`
  }
  return zipSync({
    ...Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])),
    ...extra
  })
}

export const jobLog = `===============================================================
= JOB       : FTA1#PAYROLL[(0600 11/02/26),(0AAAAAAAAAAAAAB3)].CALC_NET
= USER      : payroll
= JCLFILE   : /opt/payroll/calc.sh
= Job Number: 1053422
= Mon 11/02/26 06:00:02 CET
===============================================================
reading input
ERROR: cannot open /data/in.csv
===============================================================
= Exit Status           : 4
= System Time (Seconds) : 1     Elapsed Time (Minutes) : 0
= User Time (Seconds)   : 0
= Mon 11/02/26 06:00:03 CET
===============================================================
`

export const messages = `Batchman messages

AWSBHT001E The job "job_name" in file "file_name" has failed with the error: error_text
Explanation: the job could not be started.
Operator response: check the user and the script, then rerun the job.

AWSBHT002E The workstation could not be found.
Explanation: the definition is missing.

AWSBHT003W A dependency was ignored.
Explanation: it was released before.
`

export const definitions = `$JOBS
FTA1#CALC_NET
 SCRIPTNAME "/opt/payroll/calc.sh"
 STREAMLOGON payroll
 RECOVERY STOP

FTA1#PAY
 DOCOMMAND "pay --all"
 STREAMLOGON payroll

SCHEDULE FTA1#PAYROLL
ON RUNCYCLE DAILY "FREQ=DAILY"
AT 0600
:
CALC_NET
PAY
 FOLLOWS CALC_NET
END
`
