// Turns titles into URL slugs: {"titles": [...]} -> {"slugs": [...]}.
import slugify from "slugify";

export const handle = async (event) => {
  const titles = event.titles ?? [];
  const slugs = titles.map((title) => slugify(title, { lower: true, strict: true }));
  console.log(`made ${slugs.length} slugs`);
  return { slugs };
};
