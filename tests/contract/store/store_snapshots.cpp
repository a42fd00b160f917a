// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_snapshots.h"

#include "server/storage/database.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <map>
#include <random>
#include <vector>

namespace sextant::testing {
namespace {

using server::HostId;
using server::SnapshotInfo;
using server::Snapshots;

constexpr std::int64_t kStart = StoreFixture::kStartMs;
constexpr std::int64_t kMinute = 60'000;
constexpr HostId kHost{7};

/// A list of processes of which a few change from one time to the next.
class MadeProcesses {
public:
    explicit MadeProcesses(std::uint64_t seed) : m_random(seed)
    {
        for (int process = 0; process < 300; ++process)
            m_lines.push_back(line());
    }
    std::string next()
    {
        for (int changed = 0; changed < 5; ++changed)
            m_lines[m_random() % m_lines.size()] = line();
        std::string text;
        for (const std::string& one : m_lines)
            text += one;
        return text;
    }

private:
    std::string line()
    {
        return std::to_string(m_random() % 100'000) + " /usr/bin/program-" + std::to_string(m_random() % 50) +
               " --option=" + std::to_string(m_random()) + "\n";
    }

    std::mt19937_64 m_random;
    std::vector<std::string> m_lines;
};

} // namespace

void StoreSnapshots::init()
{
    m_fixture = m_factory();
    QVERIFY(m_fixture);
    m_snapshots.emplace(m_fixture->database());
}

void StoreSnapshots::cleanup()
{
    m_snapshots.reset();
    m_fixture.reset();
}

/// The first value that a statement gives; -1 when it fails.
qint64 StoreSnapshots::number(const QString& sql)
{
    const auto reader = m_fixture->database().reader();
    QSqlQuery query(*reader);
    return query.exec(sql) && query.next() ? query.value(0).toLongLong() : -1;
}

bool StoreSnapshots::put(std::int64_t minute, const std::string& document, const char* kind, HostId host)
{
    const auto done = m_snapshots->put(host, kind, kStart + minute * kMinute, document);
    return done && *done;
}

std::string StoreSnapshots::read(std::int64_t minute, const char* kind, HostId host)
{
    const auto found = m_snapshots->at(host, kind, kStart + minute * kMinute);
    return !found ? "error: " + found.error().message : !*found ? "none" : (*found)->document;
}

void StoreSnapshots::readsWhatWasTrueThen()
{
    QVERIFY(put(1, "one"));
    QVERIFY(put(3, "three"));
    QCOMPARE(read(0), std::string("none"));
    QCOMPARE(read(1), std::string("one"));
    QCOMPARE(read(2), std::string("one"));
    QCOMPARE(read(3), std::string("three"));
    QCOMPARE(read(99), std::string("three"));
    const auto found = m_snapshots->at(kHost, "processes", kStart + 2 * kMinute);
    QCOMPARE((*found)->timeMs, kStart + kMinute);
    QVERIFY(put(4, std::string("a\0b\xff", 4)));
    QCOMPARE(read(4), std::string("a\0b\xff", 4));
    QVERIFY(put(5, ""));
    QCOMPARE(read(5), std::string());
}

void StoreSnapshots::readsTheSameAfterARestart()
{
    MadeProcesses processes(7);
    std::map<int, std::string> documents;
    for (int minute = 0; minute < 6; ++minute) {
        if (minute == 3) {
            m_snapshots.reset();
            m_fixture->restart();
            m_snapshots.emplace(m_fixture->database());
        }
        documents[minute] = processes.next();
        QVERIFY(put(minute, documents[minute]));
    }
    for (const auto& [minute, document] : documents)
        QCOMPARE(read(minute), document);
    QCOMPARE(number(QStringLiteral("SELECT count(*) FROM snapshots WHERE depth = 0")), qint64{1});
}

void StoreSnapshots::keepsTheFirstOfATime()
{
    QVERIFY(put(1, "first"));
    const auto again = m_snapshots->put(kHost, "processes", kStart + kMinute, "second");
    QVERIFY(again.has_value());
    QVERIFY(!*again);
    QCOMPARE(read(1), std::string("first"));
}

void StoreSnapshots::tellsHistoriesApart()
{
    QVERIFY(put(1, "processes of 7"));
    QVERIFY(put(1, "services of 7", "services"));
    QVERIFY(put(1, "processes of 8", "processes", HostId{8}));
    QCOMPARE(read(1), std::string("processes of 7"));
    QCOMPARE(read(1, "services"), std::string("services of 7"));
    QCOMPARE(read(1, "processes", HostId{8}), std::string("processes of 8"));
    QCOMPARE(read(1, "services", HostId{8}), std::string("none"));
}

void StoreSnapshots::storesWhatChanged()
{
    MadeProcesses processes(1);
    for (int minute = 0; minute < 20; ++minute)
        QVERIFY(put(minute, processes.next()));
    QCOMPARE(number(QStringLiteral("SELECT count(*) FROM snapshots WHERE depth = 0")), qint64{1});
    const qint64 whole = number(QStringLiteral("SELECT length(data) FROM snapshots WHERE depth = 0"));
    const qint64 delta = number(QStringLiteral("SELECT max(length(data)) FROM snapshots WHERE depth > 0"));
    QVERIFY2(delta * 5 < whole, qPrintable(QStringLiteral("%1 of %2").arg(delta).arg(whole)));
}

void StoreSnapshots::boundsTheChain()
{
    MadeProcesses processes(2);
    std::map<int, std::string> documents;
    for (int minute = 0; minute < 2 * Snapshots::kChain + 10; ++minute) {
        documents[minute] = processes.next();
        QVERIFY(put(minute, documents[minute]));
    }
    QCOMPARE(number(QStringLiteral("SELECT max(depth) FROM snapshots")), qint64{Snapshots::kChain});
    QCOMPARE(number(QStringLiteral("SELECT count(*) FROM snapshots WHERE depth = 0")), qint64{3});
    for (const auto& [minute, document] : documents)
        QCOMPARE(read(minute), document);
}

void StoreSnapshots::readsAnyInstantInAnyOrderOfPut()
{
    std::mt19937_64 random(3);
    MadeProcesses processes(3);
    std::map<int, std::string> documents;
    for (int put = 0; put < 150; ++put) {
        const int minute = static_cast<int>(random() % 300);
        const std::string document = random() % 10 == 0 ? std::to_string(random()) : processes.next();
        const auto isNew = m_snapshots->put(kHost, "processes", kStart + minute * kMinute, document);
        QVERIFY(isNew.has_value());
        QCOMPARE(*isNew, documents.emplace(minute, document).second);
    }
    for (int minute = 0; minute < 300; ++minute) {
        const auto after = documents.upper_bound(minute);
        QCOMPARE(read(minute), after == documents.begin() ? std::string("none") : std::prev(after)->second);
    }
}

void StoreSnapshots::listsARange()
{
    for (int minute = 0; minute < 5; ++minute)
        QVERIFY(put(minute, std::string(static_cast<std::size_t>(minute), 'x')));
    const auto listed = m_snapshots->list(kHost, "processes", kStart + kMinute, kStart + 3 * kMinute);
    QVERIFY(listed.has_value());
    QVERIFY((*listed == std::vector<SnapshotInfo>{{kStart + kMinute, 1}, {kStart + 2 * kMinute, 2}}));
}

void StoreSnapshots::expiresWholeChains()
{
    MadeProcesses processes(4);
    std::map<int, std::string> documents;
    const int chain = Snapshots::kChain + 1; // snapshots of one
    for (int minute = 0; minute < 3 * chain; ++minute) {
        documents[minute] = processes.next();
        QVERIFY(put(minute, documents[minute]));
    }
    // In the middle of the second chain: the first one goes, the second one is still needed.
    const int cut = chain + chain / 2;
    const auto removed = m_snapshots->expire(kStart + cut * kMinute);
    QVERIFY(removed.has_value());
    QCOMPARE(*removed, static_cast<std::size_t>(chain));
    QCOMPARE(*m_snapshots->expire(kStart + cut * kMinute), std::size_t{0});
    QCOMPARE(read(chain - 1), std::string("none"));
    for (int minute = cut; minute < 3 * chain; ++minute)
        QCOMPARE(read(minute), documents[minute]);
    QCOMPARE(*m_snapshots->expire(kStart + 1'000 * kMinute), static_cast<std::size_t>(2 * chain));
    QCOMPARE(number(QStringLiteral("SELECT count(*) FROM snapshots")), qint64{0});
}

void StoreSnapshots::takesTheLargestDocument()
{
    std::mt19937_64 random(5);
    std::string document(Snapshots::kDocumentBytes, '\0');
    for (char& byte : document)
        byte = static_cast<char>(random());
    QVERIFY(put(1, document));
    std::string changed = document;
    changed[0] = 'x';
    changed[changed.size() / 2] = 'y';
    QVERIFY(put(2, changed));
    QVERIFY(read(1) == document);
    QVERIFY(read(2) == changed);
    QVERIFY(number(QStringLiteral("SELECT length(data) FROM snapshots WHERE depth = 1")) < 100'000);
}

void StoreSnapshots::refusesWhatIsTooLarge()
{
    const auto large = m_snapshots->put(kHost, "processes", kStart, std::string(Snapshots::kDocumentBytes + 1, 'x'));
    QVERIFY(!large && large.error().code == ErrorCode::TooLarge);
    const auto unnamed = m_snapshots->put(kHost, "", kStart, "x");
    QVERIFY(!unnamed && unnamed.error().code == ErrorCode::Invalid);
    const auto longName = m_snapshots->at(kHost, std::string(Snapshots::kKindBytes + 1, 'x'), kStart);
    QVERIFY(!longName && longName.error().code == ErrorCode::Invalid);
}

void StoreSnapshots::saysThatAChainIsBroken()
{
    MadeProcesses processes(6);
    for (int minute = 0; minute < 3; ++minute)
        QVERIFY(put(minute, processes.next()));
    QVERIFY(m_fixture->database()
                .write([](QSqlDatabase& database) -> Result<void> {
                    QSqlQuery query(database);
                    if (!query.exec(QStringLiteral("DELETE FROM snapshots WHERE depth = 1")))
                        return fail(ErrorCode::Internal, "not removed");
                    return {};
                })
                .has_value());
    const auto found = m_snapshots->at(kHost, "processes", kStart + 2 * kMinute);
    QVERIFY(!found && found.error().code == ErrorCode::Malformed);
    const std::string next = processes.next();
    QVERIFY(put(3, next)); // and what comes is whole again
    QCOMPARE(read(3), next);
}

} // namespace sextant::testing
