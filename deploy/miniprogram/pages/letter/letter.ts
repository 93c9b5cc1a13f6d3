// The written answer to a dispute.

import type { LetterQuery } from "../../egret/client";
import { fill, words } from "../../i18n/index";
import { egret } from "../../shared/egret";
import { day } from "../../shared/format";
import { begin, run } from "../../shared/page";

type Letter = NonNullable<LetterQuery["letter"]>;

function facts(letter: Letter) {
  const t = words().letter;
  return [
    { name: t.number, value: letter.number },
    { name: t.name, value: letter.citizenName },
    { name: t.filed, value: day(letter.filedOn) },
    { name: t.decided, value: day(letter.decidedOn) },
    { name: t.subject, value: letter.subject.text },
    { name: t.source, value: letter.source.label.text },
    { name: t.document, value: letter.documentNumber ?? "" },
    { name: t.basis, value: letter.legalBasis ?? "" },
    { name: t.reason, value: words().reasons[letter.reason] },
    { name: t.words, value: letter.words },
  ].filter(({ value }) => value !== "");
}

function outcome({ determination }: Letter): string {
  return determination === null ? words().states.REJECTED : words().determinations[determination];
}

/** What can still be done about it. */
function last({ afterAppeal, appealUntil }: Letter): string {
  const t = words().letter;
  if (afterAppeal) return t.last;
  return appealUntil === null ? "" : fill(t.appeal, { day: day(appealUntil) });
}

Component({
  data: {
    t: words().letter,
    common: words().common,
    notice: "",
    bad: false,
    busy: true,
    letter: null as Letter | null,
    outcome: "",
    score: "",
    facts: [] as ReturnType<typeof facts>,
    last: "",
  },

  methods: {
    async onLoad({ id }: { id: string }): Promise<void> {
      begin(this, "letter");
      await run(this, async () => {
        const letter = await egret.letter(id);
        if (letter === null) return;
        const { scoreNow } = letter;
        const score = scoreNow === null ? "" : fill(words().letter.score, { value: scoreNow });
        this.setData({ letter, outcome: outcome(letter), score, facts: facts(letter), last: last(letter) });
      });
    },
  },
});
