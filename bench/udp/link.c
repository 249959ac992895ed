/*
 * An emulated link between two networks: a rate, a queue that drops what does not fit, loss behind the queue, and a delay,
 * the same in both directions. Whatever protocol crosses it, crosses the kernel's own network on both sides.
 *
 *   link MBIT_PER_SECOND DELAY_MS QUEUE_BYTES LOSS SEED
 *
 * It makes two network namespaces without a name, each with a TUN device `link0` (10.90.0.1 and 10.90.0.2), and says
 * "ready FD FD": others enter by /proc/PID/fd/FD. Each line on its input is answered with the counts of both directions.
 * When its input ends it ends, and the namespaces with the last process in them: nothing is left to take away.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MTU = 1500, SLOTS = 1 << 16, READ_AT_ONCE = 64 };

struct packet {
  uint64_t due_ns;
  int length;
  uint8_t *bytes;
};

/* One direction: a packet leaves the queue when the line is free, and arrives a delay later, in order. */
struct direction {
  int from, to;
  struct packet slots[SLOTS];
  uint32_t first, next;
  uint64_t free_ns;
  uint64_t offered, offered_bytes, dropped, lost, delivered;
};

static struct direction directions[2];
static double ns_per_byte, loss;
static uint64_t delay_ns, queue_bytes, random_state;

static void fail(const char *what) {
  fprintf(stderr, "link: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* SplitMix64: from 0 to below 1. */
static double random_share(void) {
  uint64_t mixed = random_state += 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return (double)((mixed ^ (mixed >> 31)) >> 11) / 9007199254740992.0;
}

static void bring_up(int control, const char *device) {
  struct ifreq request = {0};
  strcpy(request.ifr_name, device);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &request) < 0) fail(device);
}

static void set_address(int control, unsigned long name, const char *address) {
  struct ifreq request = {0};
  struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
  strcpy(request.ifr_name, "link0");
  in->sin_family = AF_INET;
  inet_pton(AF_INET, address, &in->sin_addr);
  if (ioctl(control, name, &request) < 0) fail("address");
}

/* A namespace with a device: returns the device, and in `space` a descriptor by which others can enter. */
static int make_network(const char *address, int *space) {
  if (unshare(CLONE_NEWNET) < 0) fail("a network namespace");
  if ((*space = open("/proc/self/ns/net", O_RDONLY)) < 0) fail("/proc/self/ns/net");
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request = {0};
  strcpy(request.ifr_name, "link0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device, TUNSETIFF, &request) < 0) fail("TUN");
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) fail("socket");
  /* The queue that counts is the link's own. */
  request.ifr_qlen = 10000;
  if (ioctl(control, SIOCSIFTXQLEN, &request) < 0) fail("queue length");
  set_address(control, SIOCSIFADDR, address);
  set_address(control, SIOCSIFNETMASK, "255.255.255.0");
  bring_up(control, "link0");
  bring_up(control, "lo");
  close(control);
  return device;
}

static void take(struct direction *way, const uint8_t *bytes, int length, uint64_t at_ns) {
  if (bytes[0] >> 4 != 4) return; /* IPv6 looks for neighbours; that is no traffic of the bench */
  way->offered++;
  way->offered_bytes += (uint64_t)length;
  uint64_t start_ns = way->free_ns > at_ns ? way->free_ns : at_ns;
  uint64_t waiting = (uint64_t)((double)(start_ns - at_ns) / ns_per_byte);
  if (waiting + (uint64_t)length > queue_bytes || way->next - way->first == SLOTS) {
    way->dropped++;
    return;
  }
  way->free_ns = start_ns + (uint64_t)(length * ns_per_byte);
  if (random_share() < loss) {
    way->lost++;
    return;
  }
  struct packet *packet = &way->slots[way->next++ % SLOTS];
  packet->due_ns = way->free_ns + delay_ns;
  packet->length = length;
  if ((packet->bytes = malloc((size_t)length)) == NULL) fail("memory");
  memcpy(packet->bytes, bytes, (size_t)length);
}

/* Hands over what is due. Returns when the next one is; UINT64_MAX when there is none. */
static uint64_t hand_over(struct direction *way, uint64_t at_ns) {
  while (way->first != way->next) {
    struct packet *packet = &way->slots[way->first % SLOTS];
    if (packet->due_ns > at_ns) return packet->due_ns;
    if (write(way->to, packet->bytes, (size_t)packet->length) > 0) way->delivered++;
    free(packet->bytes);
    way->first++;
  }
  return UINT64_MAX;
}

static void tell(void) {
  for (int i = 0; i < 2; i++) {
    struct direction *way = &directions[i];
    printf("%lu %lu %lu %lu %lu ", way->offered, way->offered_bytes, way->dropped, way->lost, way->delivered);
  }
  printf("\n");
  fflush(stdout);
}

int main(int count, char **values) {
  if (count != 6) {
    fprintf(stderr, "usage: link MBIT_PER_SECOND DELAY_MS QUEUE_BYTES LOSS SEED\n");
    return 64;
  }
  ns_per_byte = 8000.0 / atof(values[1]);
  delay_ns = (uint64_t)(atof(values[2]) * 1e6);
  queue_bytes = strtoull(values[3], NULL, 10);
  loss = atof(values[4]);
  random_state = strtoull(values[5], NULL, 10);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_TIMERSLACK, 1000);
  /* Late packets would be the machine's, not the link's. Where that is not allowed, it goes on without. */
  struct sched_param priority = {.sched_priority = 10};
  sched_setscheduler(0, SCHED_FIFO, &priority);

  int spaces[2];
  const int first = make_network("10.90.0.1", &spaces[0]);
  const int second = make_network("10.90.0.2", &spaces[1]);
  directions[0].from = directions[1].to = first;
  directions[1].from = directions[0].to = second;
  printf("ready %d %d\n", spaces[0], spaces[1]);
  fflush(stdout);

  uint8_t bytes[MTU + 100];
  for (;;) {
    uint64_t at_ns = now_ns();
    uint64_t due_ns = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
      uint64_t next_ns = hand_over(&directions[i], at_ns);
      if (next_ns < due_ns) due_ns = next_ns;
    }
    struct pollfd polled[3] = {{first, POLLIN, 0}, {second, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    uint64_t wait_ns = due_ns == UINT64_MAX ? 1000000000u : due_ns > at_ns ? due_ns - at_ns : 0;
    struct timespec wait = {(time_t)(wait_ns / 1000000000u), (long)(wait_ns % 1000000000u)};
    ppoll(polled, 3, &wait, NULL);
    at_ns = now_ns();
    for (int i = 0; i < 2; i++) {
      for (int n = 0; n < READ_AT_ONCE && (polled[i].revents & POLLIN) != 0; n++) {
        ssize_t length = read(directions[i].from, bytes, sizeof bytes);
        if (length <= 0) break;
        take(&directions[i], bytes, (int)length, at_ns);
      }
    }
    if (polled[2].revents != 0) {
      if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0) return 0;
      tell();
    }
  }
}
