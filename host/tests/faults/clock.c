/* The time of day, later by as many seconds as stand in the file that TAMIS_CLOCK names. Built and preloaded by clock.rs. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *later;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TAMIS_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = file < 0 ? MAP_FAILED : mmap(0, sizeof *later, PROT_READ, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) later = at;
}

int clock_gettime(clockid_t id, struct timespec *time) {
    int told = syscall(SYS_clock_gettime, id, time);
    if (told == 0 && later && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) time->tv_sec += *later;
    return told;
}
