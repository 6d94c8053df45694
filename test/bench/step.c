/* step: what a short program of a build does besides being started and ending: about a millisecond of computing, in 256 KiB. */
enum { ROUNDS = 400000 };

static unsigned char memory[256 << 10];

int main(void)
{
	unsigned int at = 1;

	for (int i = 0; i < ROUNDS; i++) {
		at = at * 1664525 + 1013904223;
		memory[at >> 14] += (unsigned char)i;
	}
	return memory[at >> 14] > 255;
}
