/** The blocks of BlockNote as Markdown. */
import type { Block, Inline, Styles } from "./blocks.ts";

const MAX_DEPTH = 50;

const escaped = (words: string) => words.replace(/[\\`*_[\]<>~]/g, "\\$&");

function styled(words: string, styles: Styles = {}): string {
  if (styles.code) return `\`${words}\``;
  // Markdown takes no space just inside of its marks.
  const [, before = "", inner = "", after = ""] = /^(\s*)([\s\S]*?)(\s*)$/.exec(words) ?? [];
  if (!inner) return words;
  const marks = `${styles.bold ? "**" : ""}${styles.italic ? "*" : ""}${styles.strike ? "~~" : ""}`;
  return `${before}${marks}${escaped(inner)}${[...marks].reverse().join("")}${after}`;
}

/** Content is a list of texts and links; anything else that an editor may keep there is left out. */
function inline(content: unknown): string {
  if (typeof content === "string") return escaped(content);
  if (!Array.isArray(content)) return "";
  return (content as Partial<Inline>[])
    .map((part) => {
      if (part?.type === "link") return `[${inline(part.content)}](${String(part.href ?? "").replace(/[()\s]/g, encodeURIComponent)})`;
      return part?.type === "text" ? styled(String(part.text ?? ""), part.styles) : "";
    })
    .join("");
}

const plain = (content: unknown): string =>
  Array.isArray(content) ? (content as { text?: unknown }[]).map((part) => String(part?.text ?? "")).join("") : String(content ?? "");

const LISTS: Record<string, (block: Block, number: number) => string> = {
  bulletListItem: () => "- ",
  numberedListItem: (_block, number) => `${number}. `,
  checkListItem: ({ props }) => `- [${props?.["checked"] ? "x" : " "}] `,
};

function lines(block: Block, number: number): string {
  const content = inline(block.content);
  switch (block.type) {
    case "heading":
      return `${"#".repeat(Math.min(6, Math.max(1, Number(block.props?.["level"]) || 1)))} ${content}`;
    case "quote":
      return content.replace(/^/gm, "> ");
    case "codeBlock":
      return `\`\`\`${String(block.props?.["language"] ?? "")}\n${plain(block.content)}\n\`\`\``;
    default:
      return `${LISTS[block.type]?.(block, number) ?? ""}${content}`;
  }
}

function markdownIn(blocks: readonly Block[], indent: string, depth: number): string {
  let result = "";
  let number = 0;
  for (const [i, block] of blocks.entries()) {
    number = block.type === "numberedListItem" ? number + 1 : 0;
    // Items of a list follow each other; between all else stands a blank line.
    const isListed = block.type in LISTS && blocks[i - 1] !== undefined && blocks[i - 1]!.type in LISTS;
    if (i > 0) result += isListed ? "\n" : "\n\n";
    result += lines(block, number).replace(/^(?=.)/gm, indent);
    if (Array.isArray(block.children) && block.children.length && depth < MAX_DEPTH) {
      const isList = block.type in LISTS;
      const inner = isList ? indent + " ".repeat(block.type === "numberedListItem" ? 3 : 2) : indent;
      result += (isList ? "\n" : "\n\n") + markdownIn(block.children, inner, depth + 1);
    }
  }
  return result;
}

/** What the blocks say, in Markdown. */
export const markdownOf = (blocks: readonly Block[]): string => markdownIn(blocks, "", 0);
