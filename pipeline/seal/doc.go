// Package seal decides which certificates can be sealed to, and signs and encrypts for them.
//
// An edition is signed, compressed and encrypted once, under one session key, and armored once;
// each recipient then costs one public-key operation: a key packet (PKESK, RFC 9580 §5.1) in
// front of the shared encrypted data packet (SEIPD, RFC 9580 §5.13). See [Sealed].
//
// The vendor libraries encrypt without complaint to keys that no one should use, and fail hard
// on some that they do not expect. What may be sealed to is therefore decided here, from the
// certificate's packets and the self-signatures that verify. See [Examine].
package seal
