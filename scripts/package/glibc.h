/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before each source of the addon that is passed on: functions that glibc has moved between its libraries since 2.28 are asked
 * for by the version under which every glibc has them.
 */
#ifdef __x86_64__
__asm__(".symver pthread_once, pthread_once@GLIBC_2.2.5");
#endif
