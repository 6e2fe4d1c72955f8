-- The same text twice: as blocks for editors, as Markdown for everybody else. Writing
-- one side derives the other (src/fieldTypes/richText.ts).
select private.define_field_type(
  'RICH_TEXT',
  'Text with headings, lists and links.',
  $json$[
    {"part": "blocknote", "type": "text", "goesWith": "markdown", "check": "octet_length({column}) <= 4194304"},
    {"part": "markdown",  "type": "text", "check": "octet_length({column}) <= 1048576", "isRequired": true, "isSearched": true}
  ]$json$
);
