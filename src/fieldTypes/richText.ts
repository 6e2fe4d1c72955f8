/** Rich text, kept twice: writing Markdown derives the blocks of an editor, and the reverse. */
import { type Block, blocksOf } from "./blocks.ts";
import { invalid, parsed } from "./invalid.ts";
import { markdownOf } from "./markdown.ts";

type RichText = { blocknote?: string | null; markdown?: string | null };

function blocksIn(text: string, path: string): Block[] {
  const blocks = parsed(text, path);
  if (!Array.isArray(blocks) || blocks.some((block) => typeof block !== "object" || block === null)) {
    throw invalid(path, "This is a JSON list of blocks.");
  }
  return blocks as Block[];
}

export function normaliseRichText(parts: RichText, path: string): RichText {
  const { blocknote, markdown } = parts;
  const blocks = blocknote ? blocksIn(blocknote, `${path}.blocknote`) : undefined;
  if (markdown !== undefined && blocknote === undefined) {
    return { markdown, blocknote: markdown === null ? null : JSON.stringify(blocksOf(markdown)) };
  }
  if (blocknote !== undefined && markdown === undefined) return { blocknote, markdown: blocks ? markdownOf(blocks) : blocknote };
  return parts;
}
