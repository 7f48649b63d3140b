/** Ways in which a text speaks to a model that reads it, in English and Portuguese. */
const orders = [
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|prior|context)\b/iu,
  /\b(?:ignore|desconsidere|esqueça|esqueca)\b.{0,40}\b(?:instruç(?:ão|ões)|instruc(?:ao|oes)|regras?|acima|anterior(?:es)?)/iu,
  /\byou are (?:now|no longer)\b|\bvocê (?:agora é|não é mais)\b/iu,
  /\b(?:system|developer) (?:prompt|message)\b|\bprompt (?:do|de) sistema\b/iu,
  /\b(?:as an? (?:ai|language model|assistant)|dear (?:ai|assistant|model))\b/iu,
  /\b(?:reply|respond|answer|say|output|print|responda|diga)\b.{0,30}\b(?:only|exactly|nothing but|with the words?|apenas|somente|exatamente)\b/iu,
  /<\|?(?:im_start|im_end|system|endoftext)\|?>|\[\/?INST\]/iu
]

/**
 * Whether a sentence gives orders to a model instead of telling its reader something. Such sentences are never quoted as an
 * answer. No list of phrases is complete: that passages are handed over as data and every claim is checked against them is
 * the defence; this closes the gap where the order itself would be quoted.
 */
export const addressesModel = (sentence: string): boolean => orders.some((order) => order.test(sentence))
