// Constant-time evidence for the ring kernels. Built and run by Scripts/scan-kernels.
//
//   ring_constant_time trace LEVEL     Single-steps every kernel twice in child processes, on different secrets, and
//                                      compares the sequences of instruction addresses. At the IFMA level the general
//                                      registers are compared too: secrets live in vector registers only, so addresses,
//                                      counters and flags built from them would show.
//   ring_constant_time memcheck LEVEL  Runs every kernel on inputs that valgrind's memcheck is told are undefined: any
//                                      branch or address that depends on them is reported. Levels 0 and 1.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CRingKernels.h"
#ifdef WITH_MEMCHECK
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) ((void)0)
#endif

enum { N = 128, LIMBS = 4 };

extern char _end;
static uint64_t q[LIMBS], words[LIMBS + 2][N], wide[5][N], field[2 * N], slots[2 * N];
static int8_t small[N];
static ring_table *table;
static ring_switch *switching;
static ring_recompose *recomposing, *recomposing_word;
static packing_table *packing;

typedef unsigned __int128 u128;
static const uint64_t P_LOW = 0ull - 851967, P_HIGH = 0x7fffffffffffffffull;

static uint64_t power(uint64_t b, uint64_t e, uint64_t m) {
  u128 r = 1, x = b;
  for (; e; e >>= 1, x = x * x % m)
    if (e & 1) r = r * x % m;
  return (uint64_t)r;
}

// Doubling and adding: slow, but needs no wide product.
static u128 multiply_p(u128 a, u128 b) {
  u128 p = ((u128)P_HIGH << 64) | P_LOW, r = 0;
  for (; b; b >>= 1, a = a + a >= p ? a + a - p : a + a)
    if (b & 1) r = r + a >= p ? r + a - p : r + a;
  return r;
}

static int whole_vectors, kernel_level;

static int set_up(int level) {
  kernel_level = level;
  unsigned found = 0;
  for (uint64_t c = ((uint64_t)1 << 48) - 65535; found < LIMBS; c -= 65536)
    if (power(2, c - 1, c) == 1 && power(3, c - 1, c) == 1 && power(5, c - 1, c) == 1) q[found++] = c;
  uint64_t x = 2;
  while (power(x, (q[0] - 1) / 2, q[0]) != q[0] - 1) x++;
  u128 p = ((u128)P_HIGH << 64) | P_LOW, root = 1, base = 3;
  for (u128 e = (p - 1) / (2 * N); e; e >>= 1, base = multiply_p(base, base))
    if (e & 1) root = multiply_p(root, base);
  return ring_table_create(q[0], 7, power(x, (q[0] - 1) / (2 * N), q[0]), level, &table) ||
         ring_switch_create(q, LIMBS, 2, P_LOW, P_HIGH, level, &switching) ||
         ring_recompose_create(q, 2, P_LOW, P_HIGH, 1, 0, level, &recomposing) ||
         ring_recompose_create(q, 2, ((uint64_t)1 << 61) - 2031615, 0, 1, 0, level, &recomposing_word) ||
         packing_table_create(P_LOW, P_HIGH, 7, (uint64_t)root, (uint64_t)(root >> 64), level, &packing);
}

// Secrets: kind 0 all zero, 1 all as large as allowed, 2 pseudo-random.
static uint64_t secret(int kind, uint64_t below) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return kind == 0 ? 0 : kind == 1 ? below - 1 : (state ^ state >> 31) % below;
}

static void fill(int kind) {
  for (int i = 0; i < N; i++) {
    for (int k = 0; k < LIMBS; k++) words[k][i] = secret(kind, q[k]);
    words[LIMBS][i] = words[LIMBS + 1][i] = secret(kind, q[0]);
    for (int k = 0; k < 5; k++) wide[k][i] = secret(kind, ~(uint64_t)0);
    field[2 * i] = secret(kind, P_LOW), field[2 * i + 1] = secret(kind, P_HIGH + 1);
    slots[2 * i] = field[2 * i], slots[2 * i + 1] = field[2 * i + 1];
    small[i] = (int8_t)(kind == 0 ? 0 : kind == 1 ? -21 : (int)(secret(kind, 43)) - 21);
  }
  VALGRIND_MAKE_MEM_UNDEFINED(words, sizeof words);
  VALGRIND_MAKE_MEM_UNDEFINED(wide, sizeof wide);
  VALGRIND_MAKE_MEM_UNDEFINED(field, sizeof field);
  VALGRIND_MAKE_MEM_UNDEFINED(slots, sizeof slots);
  VALGRIND_MAKE_MEM_UNDEFINED(small, sizeof small);
}

static void run(void) {
  static uint64_t out[2 * N];
  uint64_t *x[LIMBS] = {words[0], words[1], words[2], words[3]};
  const uint64_t *y[LIMBS] = {words[0], words[1], words[2], words[3]};
  const uint64_t *a[2] = {words[0], words[LIMBS]}, *b[2] = {words[LIMBS + 1], words[0]};
  // An odd length sends the ends of the vectors through the portable code as well, whose general registers hold secrets.
  size_t odd = whole_vectors ? N : N - 3;
  ring_add(table, out, words[0], words[LIMBS], odd);
  ring_subtract(table, out, words[0], words[LIMBS], odd);
  ring_negate(table, out, words[0], odd);
  ring_multiply(table, out, words[0], words[LIMBS], odd);
  ring_scale_add(table, out, words[0], 12345, words[LIMBS], odd);
  ring_sum_of_products(table, out, words[LIMBS], a, b, 2, odd);
  // Blocks of 2 to 16 columns: all forms of the vector kernel. Memory for scratch is the only failure.
  uint64_t *sums[2] = {out, out + N};
  const uint64_t *factors[4] = {words[LIMBS + 1], words[0], words[LIMBS], words[1]};
  for (unsigned log_block = 1; log_block <= 4; log_block++)
    if (ring_block_products(table, sums, 2, a, factors, 2, N, log_block) != RING_OK) _exit(3);
  ring_reduce_wide(table, out, wide[0], N, 5, odd);
  ring_reduce_field(table, out, field, P_LOW, P_HIGH, odd);
  ring_reduce_small(table, out, small, odd);
  const ring_table *tables[1] = {table};
  uint64_t *outs[1] = {out};
  const ring_integers all = {wide[0], N, 5, small, field};
  ring_reduce_message(tables, 1, outs, &all, P_LOW, P_HIGH, odd);
#ifndef WITH_MEMCHECK  // it cannot tell the decision on a candidate from one on a kept value
  // Candidates that are all kept.
  ring_interval interval = {5, 5, ~(uint64_t)0, {0, 0, 0, 0, 0}, {1, 2, 3, 4, 5}};
  for (int k = 0; k < 5; k++) interval.limit[k] = ~(uint64_t)0;
  static uint64_t kept[5][N];
  ring_keep_candidates(kernel_level, &interval, kept[0], N, wide[0], N, odd);
#endif
  static int8_t binomial[N];
  ring_centred_binomial(kernel_level, binomial, wide[0], 21, odd);
  ring_forward(table, words[LIMBS]);
  ring_inverse(table, words[LIMBS]);
  ring_switch_apply(switching, x, odd);
  ring_recompose_apply(recomposing, out, y, odd);
  ring_recompose_apply(recomposing_word, out, y, odd);
  packing_forward(packing, slots, 7);
  packing_inverse(packing, slots, 7);
  packing_forward(packing, slots, 5);
}

// A hash of the child's instruction addresses, and of its general registers if asked.
static uint64_t trace(int kind, int registers, uint64_t *steps) {
  fill(kind);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    // Clears what preparing the secrets left in the registers that calls preserve; exit_group(0) afterwards.
    __asm__ volatile(
        "xorl %%ebx, %%ebx\n\txorl %%ebp, %%ebp\n\txorl %%r12d, %%r12d\n\txorl %%r13d, %%r13d\n\t"
        "xorl %%r14d, %%r14d\n\txorl %%r15d, %%r15d\n\tandq $-16, %%rsp\n\tcall *%0\n\t"
        "xorl %%edi, %%edi\n\tmovl $231, %%eax\n\tsyscall"
        :
        : "a"(run)
        : "memory");
    __builtin_unreachable();
  }
  int status;
  uint64_t hash = 14695981039346656037u;
  *steps = 0;
  for (waitpid(child, &status, 0); !WIFEXITED(status); waitpid(child, &status, 0)) {
    struct user_regs_struct r;
    ptrace(PTRACE_GETREGS, child, 0, &r);
    // Registers only inside this program (linked without PIE, below _end): the C library has process identifiers in them,
    // as does the system call that stopped the child.
    hash = (hash ^ r.rip) * 1099511628211u;
    if (registers && *steps > 100 && r.rip < (uint64_t)&_end) {
      uint64_t g[] = {r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10,
                      r.r11, r.r12, r.r13, r.r14, r.r15, r.eflags & 0x8d5};
      for (size_t i = 0; i < sizeof g / sizeof *g; i++) hash = (hash ^ g[i]) * 1099511628211u;
    }
    ++*steps;
    ptrace(PTRACE_SINGLESTEP, child, 0, 0);
  }
  return hash;
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  int level = atoi(argv[2]);
  if (ring_best_level() < level) {
    printf("skipped: this CPU does not have level %d\n", level);
    return 0;
  }
  if (set_up(level) || ring_table_level(table) != level) return 70;
  if (strcmp(argv[1], "memcheck") == 0) {
    fill(2);
    run();
    return 0;
  }
  const char *kinds[] = {"zero", "largest", "random"};
  // Level 1 leaves packing and the end of recomposition to portable code.
  const int registers = level == RING_IFMA;
  whole_vectors = registers;
  uint64_t steps[3], hash[3];
  for (int k = 0; k < 3; k++) hash[k] = trace(k, registers, &steps[k]);
  for (int k = 1; k < 3; k++)
    if (hash[k] != hash[0] || steps[k] != steps[0]) {
      printf("level %d: the traces of %s and %s secrets differ (%llu and %llu instructions)\n", level, kinds[0], kinds[k],
             (unsigned long long)steps[0], (unsigned long long)steps[k]);
      return 1;
    }
  printf("level %d: %llu instructions, the same %s for three sets of secrets\n", level, (unsigned long long)steps[0],
         registers ? "addresses and general registers" : "addresses");
  return 0;
}
