// Layouts of the on-screen keyboard: three rows of letters; the last row is the same for all.

const LETTERS = {
  en: ["q w e r t y u i o p", "a s d f g h j k l", "z x c v b n m '"],
  pl: ["q w e ę r t y u i o ó p", "a ą s ś d f g h j k l ł", "z ż ź x c ć v b n ń m"],
  de: ["q w e r t z u i o p ü", "a s d f g h j k l ö ä", "y x c v b n m ß"],
  ru: ["й ц у к е н г ш щ з х ъ", "ф ы в а п р о л д ж э ё", "я ч с м и т ь б ю"],
  ar: ["ض ص ث ق ف غ ع ه خ ح ج د", "ش س ي ب ل ا ت ن م ك ط ذ", "ئ ء ؤ ر ى ة و ز ظ أ إ"],
};
const ARABIC_SHIFT = ["َ ً ُ ٌ ِ ٍ ّ ْ ـ « » ؟", "آ ٱ ؛ ، : ! ( ) - / % \"", "٠ ١ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩"];
const DIGITS = ["1 2 3 4 5 6 7 8 9 0", "- / : ; ( ) & @ \" #", "? ! ' + = % * € _"];
const MARKS = { ar: "، ." };

const PHONE = ["1 2 3 4 5 6", "7 8 9 0 + {delete}"];
const EMAIL = ["q w e r t y u i o p", "a s d f g h j k l _", "z x c v b n m - +"];

// Capital ß is rare enough that shift leaves it alone.
const upper = (row) => row.replace(/[^ß ]/g, (letter) => letter.toLocaleUpperCase());

export const NAMES = { en: "EN", pl: "PL", de: "DE", ru: "РУ", ar: "ع" };

export function layoutOf(kind, language, several) {
  if (kind === "phone") return { default: PHONE };
  if (kind === "email") return email();
  const letters = LETTERS[language] ?? LETTERS.en;
  const foot = (layer) =>
    [layer, several && "{language}", "{space}", MARKS[language] ?? ", .", "{delete}"].filter(Boolean).join(" ");
  const shifted = language === "ar" ? ARABIC_SHIFT : letters.map(upper);
  return {
    default: [...letters, `{shift} ${foot("{digits}")}`],
    shift: [...shifted, `{shift} ${foot("{digits}")}`],
    digits: [...DIGITS, foot("{letters}")],
  };
}

function email() {
  return {
    default: [...EMAIL, "{digits} @ . .com {delete}"],
    digits: [DIGITS[0], "! # $ % & ' * + - /", "= ? ^ _ ` { | } ~", "{letters} @ . .com {delete}"],
  };
}
