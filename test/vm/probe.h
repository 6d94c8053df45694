/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What SystemTap's sys/sdt.h makes of STAP_PROBE1 (its notes: "User Space Probe Implementation"), without a semaphore. */
#define PROBE(provider, name, value)                                                             \
	__asm__ volatile("990: nop\n"                                                            \
			 ".pushsection .note.stapsdt,\"\",\"note\"\n"                            \
			 ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                           \
			 "991: .asciz \"stapsdt\"\n"                                             \
			 "992: .balign 4\n"                                                      \
			 "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte 0\n"                   \
			 ".asciz \"" provider "\"\n.asciz \"" name "\"\n.asciz \"-4@%0\"\n"      \
			 "994: .balign 4\n.popsection\n"                                         \
			 ".ifndef _.stapsdt.base\n"                                              \
			 ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n" \
			 ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"                        \
			 "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n.endif\n" \
			 :                                                                       \
			 : "m"(value))

/* A function for uprobes, and in it a USDT probe, trigon_test:summed, with its result, which is in memory: so it can be changed. */
__attribute__((noinline)) int probed_sum(int first, int second);
__attribute__((noinline)) int probed_sum(int first, int second)
{
	volatile int sum = first + second;

	PROBE("trigon_test", "summed", sum);
	return sum;
}
