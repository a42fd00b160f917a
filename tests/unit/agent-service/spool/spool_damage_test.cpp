// SPDX-License-Identifier: GPL-3.0-or-later
// Power cuts and rotten disks: a spool's files as they lie there when the power goes, torn and garbled at random
// places, and what the next start makes of them. What was promised to be on the disk is delivered unless the damage
// lies in it; what the damage took is known to be gone; and a batch that changed on the disk never passes for a good
// one.
#include "agent-service/spool/spool.h"
#include "metrics/compression.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>
#include <random>

using namespace sextant;
using namespace sextant::agent;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;
constexpr int kBatches = 60;

std::string contentOf(int number)
{
    std::mt19937 random(static_cast<unsigned>(number));
    std::string content(2'000, '\0');
    std::ranges::generate(content, [&] { return static_cast<char>(random()); });
    return content;
}

SpoolOptions optionsFor(const QString& path)
{
    return {path.toStdString(), SpoolMode::Always, 256U << 20U, 0, 16U << 20U};
}

/// The files of a spool as a power cut leaves them: half of the batches in the file itself, half in its log.
class Image {
public:
    Image()
    {
        logging::Log log(logging::Level::Error);
        for (const int last : {kBatches / 2, kBatches}) {
            auto spool = std::make_unique<Spool>(optionsFor(path(QStringLiteral("spool"))), log, [] { return kNow; });
            spool->start({"run", "A", "1.0", {kNow, 1'000, 1'000}});
            for (int number = last - kBatches / 2 + 1; number <= last; ++number) {
                Q_UNUSED(spool->journal().nextSequence());
                spool->saveJournal();
                const auto id = metrics::BatchId::make(number, {});
                spool->push({id, metrics::zstdCompressChecked(contentOf(number)).value(), number, number + 1});
                spool->retryLater(id); // when it returns the batch is on the disk
            }
            if (last == kBatches) // before it is closed: then the log would be gone
                copyFiles(path(QStringLiteral("spool")), path(QStringLiteral("image")));
        }
    }
    void copyTo(const QString& target) const { copyFiles(path(QStringLiteral("image")), target); }

private:
    static void copyFiles(const QString& source, const QString& target)
    {
        for (const char* end : {"", "-wal"}) {
            if (!QFile::copy(source + QLatin1String(end), target + QLatin1String(end)))
                qFatal("no copy");
        }
    }
    [[nodiscard]] QString path(const QString& name) const { return m_folder.filePath(name + QStringLiteral(".db")); }

    QTemporaryDir m_folder;
};

/// A spool that is started on such an image after some of it was torn.
class TornSpool {
public:
    explicit TornSpool(const Image& image) { image.copyTo(file()); }

    [[nodiscard]] QString file() const { return m_folder.filePath(QStringLiteral("spool.db")); }
    [[nodiscard]] QString wal() const { return file() + QStringLiteral("-wal"); }

    /// Starts on the image; what comes out, in order: the numbers of good batches, −1 for one that changed.
    QList<int> drained()
    {
        m_spool = std::make_unique<Spool>(optionsFor(file()), m_log, [] { return kNow; });
        m_spool->start({"next run", "A", "1.0", {kNow + 5'000, 6'000, 6'000}});
        QList<int> numbers;
        while (const auto batch = m_spool->next()) {
            const auto content = metrics::zstdDecompress(batch->body, 10'000);
            const auto bytes = batch->id.bytes();
            const int number = bytes[4] * 256 + bytes[5];
            numbers << (content && *content == contentOf(number) ? number : -1);
            m_passedForGood += content && *content != contentOf(number) ? 1 : 0;
            m_spool->acknowledge(batch->id);
        }
        return numbers;
    }
    [[nodiscard]] int passedForGood() const { return m_passedForGood; }
    [[nodiscard]] Spool& spool() { return *m_spool; }
    [[nodiscard]] bool logged(const std::string& part) const
    {
        return std::ranges::any_of(
            m_lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    }

private:
    QTemporaryDir m_folder;
    std::vector<std::string> m_lines;
    logging::Log m_log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { m_lines.emplace_back(line); }};
    std::unique_ptr<Spool> m_spool;
    int m_passedForGood = 0;
};

void garble(const QString& path, qint64 from, qint64 bytes, std::mt19937& random)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(from))
        qFatal("no file to garble");
    QByteArray rubbish(std::min(bytes, file.size() - from), '\0');
    std::ranges::generate(rubbish, [&] { return static_cast<char>(random()); });
    file.write(rubbish);
}

QList<int> upTo(qsizetype last)
{
    QList<int> numbers;
    for (int number = 1; number <= last; ++number)
        numbers << number;
    return numbers;
}

} // namespace

class SpoolDamageTest : public QObject {
    Q_OBJECT

    Image m_image;

private slots:
    void anImageThatIsWholeHasEverything()
    {
        TornSpool torn(m_image);
        QCOMPARE(torn.drained(), upTo(kBatches));
        QVERIFY(!torn.logged("damaged"));
    }

    /// A write that was under way when the power went: the log ends anywhere, or ends in rubbish.
    void aTornLogLosesItsEndAlone()
    {
        std::mt19937 random(20'261'121);
        qsizetype least = kBatches;
        for (int round = 0; round < 20; ++round) {
            TornSpool torn(m_image);
            const qint64 size = QFileInfo(torn.wal()).size();
            QVERIFY(size > 0);
            const qint64 at = static_cast<qint64>(random() % static_cast<unsigned>(size));
            if (round % 2 == 0)
                QVERIFY(QFile::resize(torn.wal(), at));
            else
                garble(torn.wal(), at, size - at, random);
            const QList<int> found = torn.drained();
            QCOMPARE(found, upTo(found.size()));
            QVERIFY2(!torn.logged("damaged"), qPrintable(QString::number(at)));
            least = std::min(least, found.size());
            // The journal is as old as the last batch, or one older: no number is given twice to two batches on disk.
            QVERIFY(torn.spool().journal().nextSequence() > static_cast<std::uint64_t>(found.size()));
        }
        QVERIFY(least < kBatches * 2 / 3);
    }

    /// Sectors that come back with other bytes, and a file that was cut short.
    void noDamagePassesForGood()
    {
        std::mt19937 random(19'910'825);
        int setAside = 0;
        int refused = 0;
        for (int round = 0; round < 40; ++round) {
            TornSpool torn(m_image);
            const QString path = round % 3 == 0 ? torn.wal() : torn.file();
            const qint64 size = QFileInfo(path).size();
            const qint64 at = static_cast<qint64>(random() % static_cast<unsigned>(size));
            if (round % 5 == 0)
                QVERIFY(QFile::resize(path, at));
            else
                garble(path, at, 1 + static_cast<qint64>(random() % 512), random);
            const QList<int> found = torn.drained();
            QCOMPARE(torn.passedForGood(), 0);
            refused += static_cast<int>(found.count(-1));
            // What is there is in order and once; what is not was on the list of what was lost, unless the end of the
            // log is what was hit.
            QList<int> good = found;
            good.removeAll(-1);
            QVERIFY(std::ranges::adjacent_find(good, std::greater_equal<>()) == good.end());
            if (torn.logged("set aside")) {
                ++setAside;
                const auto gaps = torn.spool().journal().assign(metrics::BatchId::make(5'000, {}));
                QVERIFY(std::ranges::any_of(gaps, [](const metrics::GapReport& gap) {
                    return gap.cause == metrics::GapCause::SpoolOverflow &&
                           gap.detail.find("damaged") != std::string::npos;
                }));
            } else {
                QCOMPARE(found.size() == kBatches || path == torn.wal(), true);
            }
            // And it goes on.
            const auto id = metrics::BatchId::make(1'000, {});
            torn.spool().push({id, "x", 1'000, 1'001});
            QCOMPARE(torn.spool().next()->id, id);
        }
        QVERIFY2(setAside > 0, "no round damaged the structure");
        QVERIFY2(refused > 0, "no round damaged a body");
        qInfo("40 rounds: %d set aside, %d batches changed and were found out", setAside, refused);
    }
};

QTEST_GUILESS_MAIN(SpoolDamageTest)
#include "spool_damage_test.moc"
