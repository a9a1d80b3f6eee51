// Package marking knows the marking systems that a bulletin may be written in: it parses a mark,
// prints it in canonical form, rolls the marks of a document up to its banner, and answers who may
// have what is so marked. It reads nothing and uses the standard library only.
//
// # A mark, for those who have never seen one
//
//	UNCLASSIFIED//REL TO USA, GBR//LES    the banner, at the head and foot of every page
//	(U//REL TO USA, GBR//LES)             the same as a portion mark, before a paragraph
//
// A mark says three things. Its level is how much harm a leak would do; levels form a ladder. Its
// controls say how the information is handled ("LES": law enforcement sensitive). Its audience is
// which nations may have it: all that the document is for ([Unlimited]), the nations that the mark
// names ([Listed]), or, where a control keeps it at home and nothing releases it, the author's own
// nation alone ([Originator]). [MayHave] puts the audience together with what document and policy
// add. What it does not know it answers with no.
//
// A [Scheme] is one nation's system, of one edition ([Scheme.Profile]):
//
//	tlp   TLP-2.0      TLP:RED > TLP:AMBER+STRICT > TLP:AMBER > TLP:GREEN > TLP:CLEAR
//	usa   CAPCO-2016   TOP SECRET > SECRET > CONFIDENTIAL > UNCLASSIFIED, foreign and JOINT marks beside them
//
// # Rolling up
//
// Marks form a semilattice, and [Scheme.RollUp] is its join: the highest level, all controls, and
// only those nations that every portion allows. Order and grouping of the portions do not matter,
// and one more portion can only raise the level and narrow the audience. Where the rules of a
// system would print less than the portions said (TLP has no lists in a banner; LES supersedes
// FOUO), the mark remembers what its banner leaves out.
//
// # Parsing
//
// Parsing is strict: one spelling for each mark, no trimming, no look-alikes. What does not parse
// gives a [SyntaxError] that names the byte, the rule and, where it is evident what was meant, the
// right form. The suggestion is for a person to read and accept; it is never applied.
//
// To add a scheme, implement Scheme and Mark in a file of its own and list it in [Schemes]. To add
// a control of usa, add its row to the table in usa_table.go.
package marking
