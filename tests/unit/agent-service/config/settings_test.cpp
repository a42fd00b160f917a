// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/settings.h"
#include "agent-service/config/toml_file.h"
#include "agent-service/config/values.h"
#include "process/request_watch.h"

#include <QFile>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;

namespace {

std::string fileText(const char* path)
{
    QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/") + QString::fromLatin1(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// The repository has the texts as they are on Linux.
std::string asOnLinux(const std::string& text)
{
    QString told = QString::fromStdString(text);
    const QString folder = QString::fromStdString(Settings().stateDir);
    for (QString here : {folder, QString(folder).replace(u'\\', QStringLiteral("\\\\"))}) // plain, and in TOML
        told.replace(here, QStringLiteral("/var/lib/sextant-agent"));
    told.replace(
        QString::fromStdString(process::reloadCommand("agent")), QStringLiteral("systemctl reload sextant-agent"));
    return told.toStdString();
}

/// Keeps the text that a document should have where somebody can copy it from.
void offer(const char* name, const std::string& text)
{
    QFile file(QStringLiteral(SEXTANT_BINARY_DIR "/") + QString::fromLatin1(name));
    if (file.open(QIODevice::WriteOnly))
        file.write(text.data(), static_cast<qint64>(text.size()));
}

} // namespace

class SettingsTest : public QObject {
    Q_OBJECT
private slots:
    void durations_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("expectedMs"); // -1: refused
        QTest::newRow("ms") << QByteArray("500ms") << qint64(500);
        QTest::newRow("s") << QByteArray("10s") << qint64(10'000);
        QTest::newRow("m") << QByteArray("5m") << qint64(300'000);
        QTest::newRow("h") << QByteArray("2h") << qint64(7'200'000);
        QTest::newRow("no unit") << QByteArray("10") << qint64(-1);
        QTest::newRow("fraction") << QByteArray("1.5s") << qint64(-1);
        QTest::newRow("negative") << QByteArray("-1s") << qint64(-1);
        QTest::newRow("blank") << QByteArray("10 s") << qint64(-1);
        QTest::newRow("empty") << QByteArray("") << qint64(-1);
        QTest::newRow("unit alone") << QByteArray("s") << qint64(-1);
        QTest::newRow("overflow") << QByteArray("9223372036854775807h") << qint64(-1);
    }
    void durations()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, expectedMs);
        const auto value = parseDuration(text.toStdString());
        QCOMPARE(value ? qint64(value->count()) : qint64(-1), expectedMs);
        if (value)
            QCOMPARE(parseDuration(durationText(*value)).value(), *value);
    }

    void sizes()
    {
        QCOMPARE(parseBytes("16MiB").value(), std::uint64_t(16'777'216));
        QCOMPARE(parseBytes("65536").value(), std::uint64_t(65'536));
        QCOMPARE(parseBytes("1GiB").value(), std::uint64_t(1) << 30);
        QVERIFY(!parseBytes("16MB"));
        QVERIFY(!parseBytes("17179869184GiB"));
        QCOMPARE(bytesText(1'536), std::string("1536"));
        QCOMPARE(bytesText(2'048), std::string("2KiB"));
    }

    /// Wherever a file may not have it, and in quotes, where it may.
    void anyLetterInAFileIsTakenOrRefused()
    {
        const char* const refused[] = {"%1 = 1\n", "[%1]\n", "interval = %1\n", "interval = 1%1\n"};
        for (char32_t letter = 0x80; letter < 0x11'000; letter += letter < 0x3'000 ? 1 : 97) {
            if (letter >= 0xD800 && letter < 0xE000)
                continue;
            const QString text = QString::fromUcs4(&letter, 1);
            for (const char* form : refused) {
                // A byte order mark at the beginning is not read, and a blank in front of a word does no harm.
                const auto read = parseToml(QString::fromLatin1(form).arg(text).toStdString(), "agent.toml");
                QVERIFY2(!read || letter == 0xFEFF, qPrintable(QString::number(letter, 16)));
                QVERIFY(read || read.error().message.starts_with("agent.toml:1: "));
            }
            const auto quoted = parseToml(QStringLiteral("name = \"%1\"\n").arg(text).toStdString(), "agent.toml");
            QVERIFY(quoted.has_value() || letter < 0xA0); // control characters are not
            QVERIFY(!quoted || quoted->front().text == text.toStdString());
        }
    }

    void everySettingTakesItsOwnDefault()
    {
        for (const Setting& setting : allSettings()) {
            Settings settings;
            QVERIFY2(setting.set(settings, setting.text(settings)), setting.key.data());
            QCOMPARE(settings, Settings());
        }
    }

    void namesFollowFromTheKey()
    {
        const Setting* setting = findSetting("system.processes_interval");
        QVERIFY(setting);
        QCOMPARE(setting->environmentName(), std::string("SEXTANT_SYSTEM_PROCESSES_INTERVAL"));
        QCOMPARE(setting->flagName(), std::string("--system-processes-interval"));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char* key, const char* text, const char* message) {
            QTest::addRow("%s %s", key, text) << QByteArray(key) << QByteArray(text) << QByteArray(message);
        };
        row("interval", "999ms", "interval: expected 1s to 1h, got \"999ms\"");
        row("interval", "2h", "interval: expected 1s to 1h, got \"2h\"");
        row("interval", "ten",
            "interval: expected a duration such as \"500ms\", \"10s\", \"5m\" or \"1h\", got \"ten\"");
        row("queue.max_bytes", "1KiB", "queue.max_bytes: expected 1MiB to 1GiB, got \"1KiB\"");
        row("log.level", "loud", "log.level: expected debug, info, warning or error, got \"loud\"");
        row("log.format", "xml", "log.format: expected logfmt or json, got \"xml\"");
        row("collectors.cpu", "yes", "collectors.cpu: expected true or false, got \"yes\"");
        row("state_dir", "state", "state_dir: expected an absolute path, got \"state\"");
        row("server", "http://a", "server: expected https://host or https://host:port, got \"http://a\"");
        row("server", "https://a/path", "server: expected https://host or https://host:port, got \"https://a/path\"");
        row("server", "https://u@a", "server: expected https://host or https://host:port, got \"https://u@a\"");
        const char* const noProxy =
            "proxy: expected http://host:port or http://user:password@host:port"; // never the text
        row("proxy", "http://ops:secret@proxy", noProxy);
        row("proxy", "proxy:3128", noProxy);
        row("proxy", "https://proxy:3128", noProxy);
        row("proxy", "http://proxy:3128/", noProxy);
        row("proxy", "http://:3128", noProxy);
        row("proxy", "http://proxy:66000", noProxy);
        row("tags", "role=web,9x=1",
            "tags: tag 2, \"9x=1\": expected a name of at most 64 letters, digits and _, not beginning with a digit or "
            "__");
    }
    void refuses()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, message);
        Settings settings;
        const auto set = findSetting(key.toStdString())->set(settings, text.toStdString());
        QVERIFY(!set);
        QCOMPARE(set.error().message, message.toStdString());
        QCOMPARE(settings, Settings());
    }

    void tagsAreTakenAndGivenBack()
    {
        Settings settings;
        const Setting* tags = findSetting("tags");
        QVERIFY(tags && tags->set(settings, "site=hel, role=web"));
        QVERIFY((settings.tags == metrics::Labels{{"role", "web"}, {"site", "hel"}}));
        QCOMPARE(tags->text(settings), std::string("role=web,site=hel"));
        QVERIFY(tags->set(settings, ""));
        QVERIFY(settings.tags.empty());
    }

    void suggestsWhatWasMeant()
    {
        QCOMPARE(nearestKey("intervall"), std::string_view("interval"));
        QCOMPARE(nearestKey("log.levle"), std::string_view("log.level"));
        QCOMPARE(nearestKey("level"), std::string_view("log.level"));
        QCOMPARE(nearestKey("max_bytes"), std::string_view("queue.max_bytes"));
        QCOMPARE(nearestKey("completely.different.thing"), std::string_view());
    }

    void aCollectorGetsAtMostHalfAnInterval()
    {
        Settings settings;
        QCOMPARE(settings.effectiveDeadline(), 5s);
        settings.interval = 1s;
        QCOMPARE(settings.effectiveDeadline(), 500ms);
        settings.interval = 1h;
        QCOMPARE(settings.effectiveDeadline(), 5s);
    }

    void aFileThatIsWrittenIsReadAsItWas()
    {
        Settings settings;
        settings.server = "https://sextant.example:7443";
        settings.proxy = "http://ops:a\"b\\c@proxy:3128";
        settings.stateDir += "/a\nb";
        settings.interval = 30s;
        settings.cpu = false;
        const std::string text = settingsToml(settings);
        QVERIFY2(text.find("\nproxy = \"http://ops:a\\\"b\\\\c@proxy:3128\"\n") != std::string::npos, text.c_str());
        QVERIFY(text.find("\n#collectors.deadline = ") == std::string::npos);
        QVERIFY(text.find("\n#deadline = ") != std::string::npos);
        const auto entries = parseToml(text, "agent.toml");
        QVERIFY2(entries, entries ? "" : entries.error().message.c_str());
        QCOMPARE(entries->size(), std::size_t(5));
        Settings read;
        for (const TomlEntry& entry : *entries)
            QVERIFY(findSetting(entry.key)->set(read, entry.text));
        QCOMPARE(read, settings);
    }

    void theDefaultFileIsTheTablesOwn()
    {
        const std::string expected = settingsToml();
        offer("agent.toml", expected);
        QVERIFY2(fileText("resources/agent.toml") == asOnLinux(expected),
            "resources/agent.toml is stale: copy agent.toml from the build folder");
        QCOMPARE(parseToml(expected, "agent.toml").value().size(), std::size_t(0)); // all commented out
        // With the comment signs gone it says the defaults.
        std::string told = expected;
        for (const Setting& setting : allSettings()) {
            const std::string name(
                setting.key.substr(setting.key.find('.') == std::string_view::npos ? 0 : setting.key.find('.') + 1));
            const std::size_t at = told.find("\n#" + name + " = ");
            QVERIFY2(at != std::string::npos, name.c_str());
            told.erase(at + 1, 1);
        }
        const auto entries = parseToml(told, "agent.toml");
        QVERIFY(entries);
        QCOMPARE(entries->size(), allSettings().size());
        for (const TomlEntry& entry : *entries) {
            Settings settings;
            QVERIFY2(findSetting(entry.key) && findSetting(entry.key)->set(settings, entry.text), entry.key.c_str());
            QCOMPARE(settings, Settings());
        }
    }

    void theDocumentHasTheTable()
    {
        const std::string expected = settingsMarkdown();
        offer("agent-settings.md", expected);
        QVERIFY2(fileText("docs/agent.md").find(asOnLinux(expected)) != std::string::npos,
            "the table in docs/agent.md is stale: copy agent-settings.md from the build folder");
    }
};

QTEST_GUILESS_MAIN(SettingsTest)
#include "settings_test.moc"
