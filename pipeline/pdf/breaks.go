package pdf

import (
	"strings"
	"unicode"
)

// Where a line may be broken without a space: UAX #14, as far as Chinese, Japanese and Korean need
// it, whose lines are broken around any character but some (kinsoku, JIS X 4051).

// neverFirst are characters that do not begin a line: closing brackets and quotes, stops, small kana,
// marks of repetition and of length, signs after a number.
const neverFirst = "、。，．：；？！・‥…）」』】〕〉》〗〙〛〟｠］｝｡｣､･”’»›,.:;?!)]}%" +
	"ーｰ々〻ゝゞヽヾ〜～‐–—ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯﾞﾟ" +
	"％‰℃°′″￠"

// neverLast are characters that do not end a line: opening brackets and quotes, signs before a number.
const neverLast = "（「『【〔〈《〖〘〚〝｟［｛｢“‘«‹([{￥￡＄№"

// breakBetween allows a break around Chinese, Japanese and Korean characters.
func breakBetween(before, after rune) bool {
	return (ideographic(before) || ideographic(after)) && breakAllowed(before, after)
}

// breakAllowed reports whether nothing forbids a break.
func breakAllowed(before, after rune) bool {
	return before != 0 && !unicode.In(after, unicode.Mn, unicode.Cf) && !glue(before) && !glue(after) &&
		!strings.ContainsRune(neverFirst, after) && !strings.ContainsRune(neverLast, before)
}

func glue(ch rune) bool { return ch == '\u00a0' || ch == '\u202f' }

func ideographic(ch rune) bool {
	return unicode.In(ch, unicode.Han, unicode.Hiragana, unicode.Katakana) || ch >= 0x3000 && ch <= 0x303f || ch >= 0xff00 && ch <= 0xffef
}
