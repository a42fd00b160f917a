// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"
#include "recorded_host.h"

#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// Stands in for statvfs: remembers who was asked, and can let one path hang.
class Probe {
public:
    Result<FileSystemSpace> ask(const std::string& path)
    {
        std::unique_lock lock(m_mutex);
        ++m_asked[path];
        m_changed.wait(lock, [&] { return path != m_hanging; });
        if (path.ends_with("/etc/hostname") || path.ends_with("/etc/hosts"))
            return fail(ErrorCode::NotAvailable, "a file");
        if (path.ends_with("/mnt/usb"))
            return fail(ErrorCode::Denied, path + ": refused");
        return FileSystemSpace{1000, 600, 200, 50, 10};
    }
    void hang(const std::string& path)
    {
        const std::lock_guard lock(m_mutex);
        m_hanging = path;
        m_changed.notify_all();
    }
    int asked(const std::string& path)
    {
        const std::lock_guard lock(m_mutex);
        return m_asked[path];
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::string m_hanging;
    std::map<std::string, int> m_asked;
};

DisksOptions with(const std::shared_ptr<Probe>& probe)
{
    DisksOptions options;
    options.deadline = 300ms;
    options.probe = [probe](const std::string& path) { return probe->ask(path); };
    return options;
}

const FileSystem* find(const DisksReading& reading, const std::string& mountPoint)
{
    const auto place = std::ranges::find(reading.fileSystems, mountPoint, &FileSystem::mountPoint);
    return place == reading.fileSystems.end() ? nullptr : &*place;
}

/// A mount namespace of this process's own, so that nobody else meets what is mounted here.
bool leaveMountNamespace()
{
    return (::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
           ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

} // namespace

class DisksReaderTest : public QObject {
    Q_OBJECT
private slots:
    void diskAndNetworkMountsOnceEach()
    {
        const auto probe = std::make_shared<Probe>();
        DisksReader reader(recordedHost("made-big-server"), with(probe));
        const auto reading = reader.read();
        QVERIFY(reading);
        QStringList points;
        for (const FileSystem& fileSystem : reading->fileSystems)
            points << QString::fromStdString(fileSystem.mountPoint);
        QCOMPARE(points,
            QStringList({u"/"_qs, u"/boot"_qs, u"/boot/efi"_qs, u"/home"_qs, u"/mnt/archive"_qs, u"/mnt/office"_qs,
                u"/mnt/ssh"_qs, u"/mnt/usb"_qs, u"/pool"_qs, u"/srv/data set"_qs, u"/tank"_qs, u"/tank/vm\\old"_qs}));

        const FileSystem* const root = find(*reading, "/");
        QCOMPARE(root->device, std::string("/dev/mapper/rhel-root"));
        QCOMPARE(root->type, std::string("xfs"));
        QCOMPARE(root->space->total, std::uint64_t(1000));
        QCOMPARE(root->space->usedPercent().value(), 75.0); // 600 of 600 + 200
        QCOMPARE(root->space->inodesUsedPercent().value(), 20.0);
        QVERIFY(root->responding && !root->readOnly && !root->remote());
        QVERIFY(find(*reading, "/mnt/archive")->readOnly);
        for (const char* remote : {"/home", "/mnt/office", "/mnt/ssh"})
            QVERIFY2(find(*reading, remote)->remote(), remote);
        for (const char* local : {"/", "/mnt/usb", "/tank", "/pool"})
            QVERIFY2(!find(*reading, local)->remote(), local);

        // Asking /net would mount what is behind it.
        const std::string folder = recordedHost("made-big-server").root;
        QCOMPARE(probe->asked(folder + "/net"), 0);
        QCOMPARE(probe->asked(folder), 1);
        QCOMPARE(probe->asked(folder + "/srv/data set"), 1);
    }

    void aRefusedMountKeepsItsPlaceWithoutNumbers()
    {
        DisksReader reader(recordedHost("made-big-server"), with(std::make_shared<Probe>()));
        const auto reading = reader.read();
        QVERIFY(reading);
        QVERIFY(find(*reading, "/mnt/usb")->responding);
        QVERIFY(!find(*reading, "/mnt/usb")->space);
        QCOMPARE(reading->warnings.size(), 1U);
        QVERIFY(QString::fromStdString(reading->warnings[0]).contains(u"/mnt/usb: refused"_qs));
    }

    void memoryAndImagesOnRequest()
    {
        DisksOptions options = with(std::make_shared<Probe>());
        options.includeMemory = options.includeImages = true;
        DisksReader reader(recordedHost("made-big-server"), options);
        const auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(find(*reading, "/dev/shm")->kind, FileSystemKind::Memory);
        QCOMPARE(find(*reading, "/snap/core/1")->kind, FileSystemKind::Image);
        QCOMPARE(find(*reading, "/media/cd")->kind, FileSystemKind::Image);
    }

    void aContainerHasItsOverlayAndItsVolumes()
    {
        DisksReader reader(recordedHost("made-container"), with(std::make_shared<Probe>()));
        const auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(reading->fileSystems.size(), 2U); // not the files that were bound in
        QCOMPARE(reading->fileSystems[0].mountPoint, std::string("/"));
        QCOMPARE(reading->fileSystems[0].type, std::string("overlay"));
        QCOMPARE(reading->fileSystems[1].mountPoint, std::string("/data"));
        QVERIFY(reading->warnings.empty());
    }

    void theRootDeviceIsNamed()
    {
        DisksReader reader(recordedHost("made-arm-board"), with(std::make_shared<Probe>()));
        const auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(reading->fileSystems.size(), 2U);
        QCOMPARE(reading->fileSystems[0].device, std::string("/dev/mmcblk0p2"));
        QVERIFY(reading->fileSystems[1].readOnly);
    }

    void aMountThatHangsIsReportedAndComesBack()
    {
        const auto probe = std::make_shared<Probe>();
        const std::string home = recordedHost("made-big-server").root + "/home";
        probe->hang(home);
        DisksReader reader(recordedHost("made-big-server"), with(probe));
        for (int round = 0; round < 2; ++round) {
            const auto reading = reader.read();
            QVERIFY(reading);
            QCOMPARE(reading->fileSystems.size(), 12U);
            QVERIFY(!find(*reading, "/home")->responding);
            QVERIFY(!find(*reading, "/home")->space);
            QVERIFY(find(*reading, "/tank")->space);
            QCOMPARE(probe->asked(home), 1);
            QCOMPARE(reader.stuckThreads(), 1U);
        }
        probe->hang({});
        QTRY_COMPARE(reader.stuckThreads(), 0U);
        const auto reading = reader.read();
        QVERIFY(reading);
        QVERIFY(find(*reading, "/home")->responding && find(*reading, "/home")->space);
    }

    void withoutAMountTableThereIsAnError()
    {
        Roots nowhere = recordedHost("made-big-server");
        nowhere.proc += "/nowhere";
        const auto reading = DisksReader(nowhere, with(std::make_shared<Probe>())).read();
        QVERIFY(!reading);
        QCOMPARE(reading.error().code, ErrorCode::NotFound);
    }

    void theLiveSystemAnswers()
    {
        DisksOptions options;
        options.includeMemory = true;
        DisksReader reader(Roots(), options);
        const auto reading = reader.read();
        QVERIFY(reading);
        QVERIFY(!reading->fileSystems.empty());
        for (const FileSystem& fileSystem : reading->fileSystems) {
            if (!fileSystem.space)
                continue;
            QVERIFY(fileSystem.space->total > 0);
            QVERIFY(fileSystem.space->used <= fileSystem.space->total);
            QVERIFY(fileSystem.space->available <= fileSystem.space->total);
        }
    }

    /// As under systemd's ProtectSystem=strict.
    void aReadOnlyViewIsNotTheMachines()
    {
        DisksReader reader{Roots()};
        const auto before = reader.read();
        QVERIFY(before && find(*before, "/"));
        const bool wasReadOnly = find(*before, "/")->readOnly;
        if (!leaveMountNamespace() || ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
            QSKIP("NOT TESTED with a read-only view: no right to a mount namespace");
        const auto within = reader.read();
        QVERIFY(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr) == 0);
        QVERIFY(within && find(*within, "/"));
        QCOMPARE(find(*within, "/")->readOnly, wasReadOnly);
    }

    /// A real file system whose program never answers the kernel, in a mount namespace of this process.
    void aRealMountThatHangs()
    {
        QTemporaryDir folder;
        const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (device < 0 || !leaveMountNamespace())
            QSKIP("NOT TESTED with a real hanging mount: no /dev/fuse, or no right to a mount namespace");
        const QByteArray path = folder.path().toUtf8();
        const QByteArray options = "fd=" + QByteArray::number(device) +
                                   ",rootmode=40000,user_id=" + QByteArray::number(::getuid()) +
                                   ",group_id=" + QByteArray::number(::getgid());
        if (::mount("server.example:/srv", path.constData(), "fuse.sextant", MS_NOSUID | MS_NODEV,
                options.constData()) != 0) {
            ::close(device);
            QSKIP("NOT TESTED with a real hanging mount: this system refuses to mount FUSE");
        }
        DisksOptions readerOptions;
        readerOptions.deadline = 300ms;
        DisksReader reader(Roots(), readerOptions);
        for (int round = 0; round < 2; ++round) {
            const auto reading = reader.read();
            QVERIFY(reading);
            const FileSystem* const hung = find(*reading, folder.path().toStdString());
            QVERIFY(hung);
            QCOMPARE(hung->kind, FileSystemKind::Network);
            QVERIFY(!hung->responding && !hung->space);
            QVERIFY(find(*reading, "/")->responding);
            QCOMPARE(reader.stuckThreads(), 1U);
        }
        ::close(device); // the kernel now fails the call
        QTRY_COMPARE(reader.stuckThreads(), 0U);
        QCOMPARE(::umount2(path.constData(), MNT_DETACH), 0);
        const auto reading = reader.read();
        QVERIFY(reading);
        QVERIFY(!find(*reading, folder.path().toStdString()));
    }
};

QTEST_GUILESS_MAIN(DisksReaderTest)
#include "disks_test.moc"
