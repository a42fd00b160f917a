// SPDX-License-Identifier: GPL-3.0-or-later
// What every parser has to bear: a text cut at every byte, garbage, nothing, and a lot. That each gives no wrong value
// is for its own test; here it must come back, and say that nothing is nothing.

#include "platform/parse/diskstats.h"
#include "platform/parse/key_values.h"
#include "platform/parse/meminfo.h"
#include "platform/parse/mount_classes.h"
#include "platform/parse/net_dev.h"
#include "platform/parse/pid_stat.h"
#include "platform/parse/pressure_file.h"
#include "platform/parse/proc_scalars.h"
#include "platform/parse/proc_stat.h"
#include "platform/parse/utmp_file.h"
#include "recorded_host.h"

#include <QTest>

#include <functional>
#include <random>

using namespace sextant::platform;
using namespace sextant::platform::parse;

namespace {

/// A parser, a good text for it, and how many things it found in a text: 0 for an error or nothing.
struct Subject {
    const char* name;
    const char* file;
    std::function<std::size_t(std::string_view)> found;
};

const std::vector<Subject>& subjects()
{
    static const std::vector<Subject> all{
        {"cpus", "proc/stat",
            [](auto text) {
                const auto r = parseProcStatCpus(text, 100);
                return r ? 1 + r->cores.size() : 0;
            }},
        {"counters", "proc/stat", [](auto text) { return parseProcStatCounters(text).contextSwitches ? 1U : 0U; }},
        {"load", "proc/loadavg", [](auto text) { return parseLoadAverages(text) ? 1U : 0U; }},
        {"uptime", "proc/uptime", [](auto text) { return parseUptime(text) ? 1U : 0U; }},
        {"handles", "proc/sys/fs/file-nr", [](auto text) { return parseFileHandles(text) ? 1U : 0U; }},
        {"memory", "proc/meminfo", [](auto text) { return parseMemInfo(text) ? 1U : 0U; }},
        {"vmstat", "proc/vmstat", [](auto text) { return parseVmStat(text).pageFaults ? 1U : 0U; }},
        {"mounts", "proc/1/mountinfo",
            [](auto text) {
                const auto r = parseMountInfo(text);
                return r ? distinctMounts(r->mounts, {}).size() : 0;
            }},
        {"types", "proc/filesystems", [](auto text) { return parseFileSystemTypes(text).onDevice.size(); }},
        {"diskstats", "proc/diskstats",
            [](auto text) {
                const auto r = parseDiskStats(text);
                return r ? r->lines.size() : 0;
            }},
        {"network", "proc/1/net/dev",
            [](auto text) {
                const auto r = parseNetDev(text);
                return r ? r->interfaces.size() : 0;
            }},
        {"pressure", "proc/pressure/io", [](auto text) { return parsePressure(text) ? 1U : 0U; }},
        {"process", "proc/1/stat", [](auto text) { return parsePidStat(text) ? 1U : 0U; }},
        {"state", "proc/1/stat",
            [](auto text) {
                PidState state;
                return parsePidState(text, state) ? 1U : 0U;
            }},
        {"uid", "proc/1/status", [](auto text) { return parsePidUid(text) ? 1U : 0U; }},
        {"logins", "root/run/utmp", [](auto text) { return static_cast<std::size_t>(countLogins(text, 384)); }},
        {"keys", "root/etc/os-release", [](auto text) { return keyValue(text, "ID").size(); }},
    };
    return all;
}

} // namespace

class HostileTextTest : public QObject {
    Q_OBJECT
private slots:
    void aGoodTextIsUnderstood_data() { addSubjects(); }
    void aGoodTextIsUnderstood()
    {
        QFETCH(int, index);
        const Subject& subject = subjects().at(std::size_t(index));
        QVERIFY(subject.found(recordedFile("made-big-server", subject.file)) > 0);
    }

    void nothingIsNothing_data() { addSubjects(); }
    void nothingIsNothing()
    {
        QFETCH(int, index);
        const Subject& subject = subjects().at(std::size_t(index));
        for (const std::string& text :
            {std::string(), std::string("\n"), std::string(4096, '\0'), std::string(4096, ' ')})
            QCOMPARE(subject.found(text), std::size_t(0));
    }

    void aTextCutShortGivesNoMoreThanTheWhole_data() { addSubjects(); }
    void aTextCutShortGivesNoMoreThanTheWhole()
    {
        QFETCH(int, index);
        const Subject& subject = subjects().at(std::size_t(index));
        const std::string text = recordedFile("made-big-server", subject.file);
        const std::size_t whole = subject.found(text);
        for (std::size_t size = 0; size < std::min<std::size_t>(text.size(), 3000); ++size) {
            const std::string part = text.substr(0, size); // its own memory, so that a read past the end is seen
            QVERIFY(subject.found(part) <= whole);
        }
    }

    void garbageIsBorne_data() { addSubjects(); }
    void garbageIsBorne()
    {
        QFETCH(int, index);
        const Subject& subject = subjects().at(std::size_t(index));
        const std::string good = recordedFile("made-big-server", subject.file).substr(0, 4000);
        const std::size_t lines = 2 + static_cast<std::size_t>(std::ranges::count(good, '\n')) + good.size() / 100;
        std::mt19937 random(7);
        for (int round = 0; round < 500; ++round) {
            std::string text = good;
            for (int hit = 0; hit < 1 + round / 20; ++hit)
                text[random() % text.size()] = static_cast<char>(random());
            QVERIFY(subject.found(text) <= 100 * lines);
        }
    }

    void aLotIsBorne_data() { addSubjects(); }
    void aLotIsBorne()
    {
        QFETCH(int, index);
        const Subject& subject = subjects().at(std::size_t(index));
        QCOMPARE(subject.found(std::string(10'000'000, '7')), std::size_t(0));
    }

private:
    static void addSubjects()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < subjects().size(); ++i)
            QTest::newRow(subjects()[i].name) << int(i);
    }
};

QTEST_GUILESS_MAIN(HostileTextTest)
#include "hostile_text_test.moc"
