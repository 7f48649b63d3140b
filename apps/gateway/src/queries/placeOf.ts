/** Where a workstation lies: it stands for itself. */
export const placeOf = ({ folder, name }: { readonly name: string; readonly folder?: string }) => ({
  workstation: `${folder?.replace(/\/$/, "") ?? ""}/${name}`,
  ...(folder === undefined ? {} : { folder })
})
