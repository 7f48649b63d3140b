const path = "/api/v1/rag/documents"

/** Whether a request is an upload: its body may be larger and take longer than that of others. */
export const matches = ({ method, url }: { readonly method?: string | undefined; readonly url?: string | undefined }) =>
  method === "POST" && url?.startsWith(path) === true && (url.length === path.length || url[path.length] === "?")
