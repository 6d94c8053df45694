/** How a field's value is compared: `field:value` looks for a part of it unless `match` says otherwise. */
export type FieldInfo = {
  /** What it is, for the documentation and for completion. */
  readonly about: string;
  /** `whole`: `field:value` asks for all of it; `start`: for its beginning. */
  readonly match?: 'whole' | 'start';
  /** What `<` and `>` can compare: numbers, times of the day, spans of time (the field is in seconds), or names in this order. */
  readonly order?: 'number' | 'time' | 'span' | readonly string[];
  /** It is several texts, one a line: what is asked must hold for one of them. */
  readonly isList?: true;
  /** `field=name` also takes the last part of a path. */
  readonly isPath?: true;
  /** All that it can be, where that is known: for completion. */
  readonly values?: readonly string[];
};

/** The fields of a list. */
export type FieldTable<F extends string = string> = Readonly<Record<F, FieldInfo>>;

/** Where a filter reads from; a field that it doesn't have is ''. */
export type FilterSubject<F extends string = string> = {
  field(name: F): string;
  /** Everything that its line shows, for words without a field. */
  text(): string;
};

/** Whether something passes. */
export type Filter<F extends string = string> = (subject: FilterSubject<F>) => boolean;

/** The language's rules: the generated page and the screen's words are made of them. */
export const FILTER_RULES: readonly { readonly write: string; readonly means: string }[] = [
  {
    write: 'curl ebpf',
    means: 'words that must all be there, in any order; capital and small letters are alike',
  },
  { write: '!exit', means: 'not that' },
  {
    write: 'exec OR exit',
    means: 'one or the other; it joins the two beside it and binds closer than the rest',
  },
  { write: '(curl tcp) OR wget', means: 'parentheses hold together; `!(a b)`: not both' },
  {
    write: '"two words"',
    means: 'in quotes everything is a letter; `\\"` is a quote, `\\\\` a backslash',
  },
  {
    write: '~chrme',
    means: 'a word that has these letters in this order, with others between them',
  },
  { write: 'binary:curl', means: 'a field that holds the text; `binary:~crl` as above' },
  {
    write: 'binary=curl',
    means: 'the whole field; of a path its last part will do. `!=`: any other value',
  },
  {
    write: 'pid>1000',
    means: '`>`, `>=`, `<`, `<=` compare numbers, times (`time>=12:03`) and severities',
  },
  { write: 'container:*', means: 'there is one; `!container:*`: there is none' },
  {
    write: 'args:/-[rf]+ /',
    means: 'a regular expression; a space in it is written `\\ ` or `\\s`',
  },
];

/** What is worth knowing beside the rules, a paragraph each. */
export const FILTER_NOTES: readonly string[] = [
  'A comparison, `!=` too, holds only where the field has a value: `status!=0` finds exits alone, `!status=0` everything but good exits.',
  'A value between slashes that holds other slashes and nothing special is a path: `path:/etc/ssh/`. In quotes it always is.',
  'A word with a colon whose first part is no field in small letters is a word: `10.0.0.1:443`, `https://ebpf.io`.',
  'Regular expressions are those of [RE2](https://github.com/google/re2/wiki/Syntax), without look-around and back-references: none can hang the screen. They read the first 16,384 characters of a field.',
];
