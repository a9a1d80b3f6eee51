// Package marking knows the marking systems of five nations and TLP: it parses a mark, prints it in
// canonical form, rolls the marks of a document up to its banner, says why, and answers who may have
// what is so marked. It reads nothing and uses the standard library only.
//
// # A mark, for those who have never seen one
//
//	UNCLASSIFIED//REL TO USA, GBR//LES    the banner, at the head and foot of every page
//	(U//REL TO USA, GBR//LES)             the same as a portion mark, before a paragraph
//
// A mark says three things. Its level is how much harm a leak would do: levels form a ladder, or two
// in Canada. Its controls say how the information is handled ("LES": law enforcement sensitive). Its
// audience is which nations may have it: all that the document is for ([Unlimited]: the lowest level
// without controls), those that the mark names ([Listed]), or, where a control keeps it at home and
// nothing releases it, the author's own nation alone ([Originator]). [MayHave] puts the audience
// together with what document and policy add: a policy may release the domestic controls of a mark,
// and only if it releases every one. What is not known is answered with no.
//
// # Schemes
//
// A [Scheme] is one nation's system, of one edition ([Scheme.Profile]), so that a later edition is
// another profile and not another meaning of the same mark:
//
//	tlp   TLP-2.0      who among the recipients may pass it on; no classification, no nations
//	usa   CAPCO-2016   U < C < S < TS, nine categories between double slashes; foreign and JOINT marks
//	cui   CUI-2016     what is unclassified and yet controlled: CUI, categories, who may have it
//	gbr   GSCP-2024    OFFICIAL < SECRET < TOP SECRET, -SENSITIVE and what else is added in words
//	aus   PSPF-2024    UNOFFICIAL < OFFICIAL < OFFICIAL: Sensitive < PROTECTED < SECRET < TOP SECRET
//	can   TBS-2019     PROTECTED A < B < C beside CONFIDENTIAL < SECRET < TOP SECRET, in two languages
//	nzl   PSR-2022     UNCLASSIFIED to TOP SECRET; for reasons of policy or of national security
//
// [Schemes] returns those that this version has. A scheme writes its marks in forms ([Form]): banner
// and portion, and for Australian mail subject, header and medium. No scheme's mark is a mark of
// another's, however alike they look. [Mark.Levels] names the rows in which a table of equivalents
// would look a mark up, but which foreign level stands for which is an agreement between two
// nations, never a fact of this package: that table is configuration, elsewhere.
//
// # Rolling up
//
// Marks form a semilattice, and [Scheme.RollUp] is its join: the highest level, all controls, and
// only those nations that every portion allows. Order, grouping and repetition of the portions do
// not matter, and one more portion can only raise the level and narrow the audience. Where the rules
// of a system print less than the portions said (TLP has no lists in a banner; LES supersedes FOUO),
// the mark remembers what its banner leaves out. [Scheme.Explain] is the same path, taken aloud.
//
// # Parsing
//
// Parsing is strict: one spelling for each mark, no trimming, no look-alikes. What does not parse
// gives a [SyntaxError] that names the byte, the rule and, where it is evident what was meant, the
// right form. The suggestion is for a person to read and accept; it is never applied.
//
// To add a scheme, implement Scheme and Mark in files of its own and list it in [Schemes]: the
// tests of the contract, of the lattice and of the parsers then take it in.
package marking
