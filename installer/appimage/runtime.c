// SPDX-License-Identifier: GPL-3.0-or-later
// The program at the front of an AppImage (type 2: docs of the AppImage project). Mounts the squashfs that follows it
// by FUSE and becomes its AppRun; without FUSE extracts it into a private folder, runs AppRun there and removes the
// folder. No shell, and nothing from the environment but TMPDIR and APPIMAGE_EXTRACT_AND_RUN, decides what is run.
#include "extract.h"
#include "image.h"
#include "mount.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef APPIMAGE_VERSION
#error "the version that --appimage-version prints"
#endif

enum { kOwnFailure = 127 };

/// liblzo2 stays out; mksquashfs of this AppImage packs with zstd, and an image packed with LZO is refused as damaged.
int lzo1x_decompress_safe(
    const unsigned char* in, unsigned long size, unsigned char* out, unsigned long* room, void* work);
int lzo1x_decompress_safe(
    const unsigned char* in, unsigned long size, unsigned char* out, unsigned long* room, void* work)
{
    (void)in, (void)size, (void)out, (void)room, (void)work;
    return -1;
}

static int failed(const char* what)
{
    fprintf(stderr, "AppImage: %s: %s\n", what, strerror(errno));
    return kOwnFailure;
}

/// A new folder of mode 0700 in TMPDIR or /tmp.
static int make_folder(char* path, size_t size)
{
    const char* parent = getenv("TMPDIR");
    if (!parent || parent[0] != '/')
        parent = "/tmp";
    if (snprintf(path, size, "%s/.appimage-XXXXXX", parent) >= (int)size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return mkdtemp(path) ? 0 : -1;
}

static void run_app(const struct image* image, const char* folder, char** arguments)
{
    char program[PATH_MAX];
    snprintf(program, sizeof program, "%s/AppRun", folder);
    char* start = getcwd(NULL, 0);
    setenv("APPIMAGE", image->path, 1);
    setenv("APPDIR", folder, 1);
    setenv("ARGV0", arguments[0], 1);
    if (start)
        setenv("OWD", start, 1);
    free(start);
    execv(program, arguments);
}

static pid_t child = -1;

static void pass_on(int signal)
{
    kill(child, signal);
}

/// Runs the extracted app as a child, so that the folder can be removed when it has ended.
static int run_child(const struct image* image, const char* folder, char** arguments, const sigset_t* before)
{
    child = fork();
    if (child < 0)
        return failed("fork");
    if (child == 0) {
        sigprocmask(SIG_SETMASK, before, NULL);
        run_app(image, folder, arguments);
        _exit(failed("AppRun"));
    }
    const struct sigaction passing = {.sa_handler = pass_on};
    sigaction(SIGTERM, &passing, NULL);
    sigaction(SIGHUP, &passing, NULL);
    signal(SIGINT, SIG_IGN); // the terminal sends these to the child itself
    signal(SIGQUIT, SIG_IGN);
    sigprocmask(SIG_SETMASK, before, NULL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int extract_and_run(const struct image* image, char** arguments)
{
    // Signals wait until the child is there to take them: the folder must not be left behind.
    sigset_t ending;
    sigset_t before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGQUIT);
    sigprocmask(SIG_BLOCK, &ending, &before);

    char folder[PATH_MAX];
    if (make_folder(folder, sizeof folder) != 0)
        return failed("cannot make a folder to extract into");
    const int code = extract(image, folder, NULL) == 0 ? run_child(image, folder, arguments, &before) : kOwnFailure;
    if (remove_tree(folder) != 0)
        failed(folder);
    return code;
}

static int mount_and_run(const struct image* image, char** arguments)
{
    char folder[PATH_MAX];
    if (make_folder(folder, sizeof folder) != 0)
        return failed("cannot make a folder to mount at");
    if (mount_image(image, folder) < 0) {
        rmdir(folder);
        return extract_and_run(image, arguments);
    }
    run_app(image, folder, arguments);
    return failed("AppRun");
}

static int mount_and_wait(const struct image* image)
{
    char folder[PATH_MAX];
    if (make_folder(folder, sizeof folder) != 0)
        return failed("cannot make a folder to mount at");
    if (mount_image(image, folder) < 0) {
        rmdir(folder);
        fprintf(stderr, "AppImage: cannot mount by FUSE; use --appimage-extract\n");
        return kOwnFailure;
    }
    printf("%s\n", folder);
    fflush(stdout);
    pause(); // until a signal ends us, and with us the mount
    return 0;
}

static int extract_here(const struct image* image, const char* pattern)
{
    static const char target[] = "squashfs-root";
    if (mkdir(target, 0755) != 0 && errno != EEXIST)
        return failed(target);
    if (extract(image, target, pattern) != 0)
        return kOwnFailure;
    printf("%s\n", target);
    return 0;
}

static int help(void)
{
    puts("AppImage options:\n"
         "  --appimage-extract [PATTERN]   write the content, or what matches, into ./squashfs-root\n"
         "  --appimage-extract-and-run …   run from a temporary folder, without FUSE (also: "
         "APPIMAGE_EXTRACT_AND_RUN=1)\n"
         "  --appimage-mount               mount, print where, and stay until a signal comes\n"
         "  --appimage-offset              print where in this file the squashfs begins\n"
         "  --appimage-version             print the version of this runtime\n"
         "Everything else goes to the program.");
    return 0;
}

int main(int count, char** arguments)
{
    struct image image;
    if (image_find(&image) != 0)
        return failed("/proc/self/exe");

    const char* option = count > 1 ? arguments[1] : "";
    const char* always = getenv("APPIMAGE_EXTRACT_AND_RUN");
    if (strcmp(option, "--appimage-extract-and-run") == 0) {
        arguments[1] = arguments[0];
        return extract_and_run(&image, arguments + 1);
    }
    if (strcmp(option, "--appimage-extract") == 0)
        return extract_here(&image, count > 2 ? arguments[2] : NULL);
    if (strcmp(option, "--appimage-mount") == 0)
        return mount_and_wait(&image);
    if (strcmp(option, "--appimage-offset") == 0)
        return printf("%zu\n", image.offset) > 0 ? 0 : kOwnFailure;
    if (strcmp(option, "--appimage-version") == 0)
        return puts("Sextant's type-2 runtime " APPIMAGE_VERSION) >= 0 ? 0 : kOwnFailure;
    if (strcmp(option, "--appimage-help") == 0)
        return help();
    if (strncmp(option, "--appimage-", strlen("--appimage-")) == 0) {
        fprintf(stderr, "AppImage: no such option: %s (see --appimage-help)\n", option);
        return kOwnFailure;
    }
    if (always && strcmp(always, "1") == 0)
        return extract_and_run(&image, arguments);
    return mount_and_run(&image, arguments);
}
