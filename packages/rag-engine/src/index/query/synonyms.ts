import { stem } from "../text/stem.ts"

/** Words that mean one thing in the field, English and Portuguese beside each other, accents taken off. */
const groups: ReadonlyArray<string> = [
  "abend abended abort failed error erro falha",
  "fail failure failed falhar falha",
  "workstation cpu agent estacao agente",
  "stream schedule fluxo",
  "job task trabalho tarefa",
  "rerun restart reexecutar reiniciar repetir",
  "kill terminate matar encerrar",
  "cancel cancelar cancelamento",
  "submit submeter submissao",
  "hold held segurar reter retido",
  "release liberar liberado",
  "confirm confirmar confirmacao",
  "dependency predecessor dependencia predecessor",
  "successor sucessor",
  "limit limite",
  "fence cerca",
  "priority prioridade",
  "plan plano",
  "prompt pergunta",
  "reply answer responder resposta",
  "resource recurso",
  "link linked conectar conectado vincular",
  "log stdlist output saida",
  "user logon streamlogon usuario",
  "password senha",
  "file arquivo",
  "late delay atraso atrasado",
  "deadline prazo",
  "wait waiting esperar espera aguardar aguardando",
  "run execute executar execucao rodar",
  "start launch iniciar inicio",
  "stop parar",
  "server servidor",
  "database banco",
  "message mensagem",
  "command comando",
  "install instalar instalacao",
  "configure configurar configuracao",
  "certificate certificado",
  "definition definicao",
  "calendar calendario"
]

const related = new Map<string, Set<string>>()
for (const group of groups) {
  const words = group.split(" ")
  const stems = new Set(words.flatMap((word) => [stem("english", word), stem("portuguese", word)]))
  for (const one of stems) {
    const others = related.get(one) ?? new Set()
    for (const other of stems) if (other !== one) others.add(other)
    related.set(one, others)
  }
}

/** Terms that mean much the same as a term, by the usage of workload automation; none for most. */
export const synonymsOf = (term: string): ReadonlySet<string> => related.get(term) ?? new Set()
