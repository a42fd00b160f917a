// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/command_line.h"
#include "agent-service/config/load.h"
#include "process/folders.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;

class LoadTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    ConfigSources withFile(const QByteArray& text)
    {
        ConfigSources sources;
        sources.file = m_dir.filePath(QStringLiteral("agent.toml")).toStdString();
        QFile file(QString::fromStdString(sources.file));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("no temporary file");
        file.write(text);
        return sources;
    }
    std::string mistakes(const QByteArray& text)
    {
        const ConfigSources sources = withFile(text);
        const auto loaded = loadSettings(sources);
        if (loaded)
            return "none";
        std::string message = loaded.error().message;
        for (std::size_t at = message.find(sources.file); at != std::string::npos; at = message.find(sources.file))
            message.replace(at, sources.file.size(), "FILE");
        return message;
    }

private slots:
    void aFlagWinsOverAVariableAndThatOverTheFile()
    {
        ConfigSources sources = withFile("interval = \"20s\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n");
        QCOMPARE(loadSettings(sources)->settings.interval, 20s);
        QCOMPARE(loadSettings(sources)->settings.logFormat, std::string("json"));
        sources.variables["SEXTANT_INTERVAL"] = "30s";
        sources.variables["SEXTANT_LOG_LEVEL"] = "warning";
        QCOMPARE(loadSettings(sources)->settings.interval, 30s);
        sources.flags["interval"] = "40s";
        const auto loaded = loadSettings(sources);
        QCOMPARE(loaded->settings.interval, 40s);
        QCOMPARE(loaded->settings.logLevel, std::string("warning"));
        QCOMPARE(loaded->settings.logFormat, std::string("json"));
        QCOMPARE(loaded->settings.stateDir, Settings().stateDir);
    }

    void readsEveryKindOfValue()
    {
        const std::string folder = Settings().stateDir + "/x";
        const auto loaded = loadSettings(
            withFile(QByteArray::fromStdString("server = \"https://a:8443\"\nstate_dir = '" + folder +
                                               "'\n[queue]\nmax_bytes = 2097152\n[collectors]\npressure = false\n")));
        QVERIFY(loaded);
        QCOMPARE(loaded->settings.stateDir, folder);
        QCOMPARE(loaded->settings.server, std::string("https://a:8443"));
        QCOMPARE(loaded->settings.queueBytes, std::uint64_t(2'097'152));
        QVERIFY(!loaded->settings.pressure);
        QVERIFY(loaded->settings.cpu);
    }

    void namesFileAndLineOfEveryMistakeAtOnce()
    {
        QCOMPARE(mistakes("intervall = \"10s\"\n\n[log]\nlevel = \"loud\"\n"),
            std::string("FILE:1: unknown key \"intervall\"; did you mean \"interval\"?\n"
                        "FILE:4: log.level: expected debug, info, warning or error, got \"loud\""));
        QCOMPARE(mistakes("interval = 10\n"), std::string("FILE:1: interval: expected text in quotes (1s to 1h)"));
        QCOMPARE(
            mistakes("[collectors]\ncpu = \"true\"\n"), std::string("FILE:2: collectors.cpu: expected true or false"));
        QCOMPARE(mistakes("state_dir = [1]\n"),
            std::string("FILE:1: state_dir: expected text in quotes (an absolute path)"));
        QCOMPARE(mistakes("entirely_unknown_word = 1\n"), std::string("FILE:1: unknown key \"entirely_unknown_word\""));
    }

    void aBrokenFileIsNamedWithItsLine()
    {
        QVERIFY(
            QString::fromStdString(mistakes("interval = \"10s\"\nlog = = 1\n")).startsWith(QStringLiteral("FILE:2: ")));
        QVERIFY(QString::fromStdString(mistakes("interval = \"1s\"\ninterval = \"2s\"\n"))
                    .startsWith(QStringLiteral("FILE:2: ")));
        QVERIFY(QString::fromStdString(mistakes("[*")).startsWith(QStringLiteral("FILE:1: ")));
        QCOMPARE(mistakes(QByteArray(2'000'000, '#')), std::string("FILE: larger than 1 MiB"));
    }

    void onlyTheDefaultFileMayBeMissing()
    {
        ConfigSources sources;
        sources.file = m_dir.filePath(QStringLiteral("nowhere.toml")).toStdString();
        QVERIFY(loadSettings(sources));
        sources.fileRequired = true;
        const auto loaded = loadSettings(sources);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().message, sources.file + ": No such file or directory");
        sources.file = m_dir.path().toStdString();
        QVERIFY(!loadSettings(sources)); // a folder
    }

    void mistakesInVariablesAndFlagsNameThem()
    {
        ConfigSources sources = withFile("");
        sources.variables["SEXTANT_INTERVAL"] = "soon";
        sources.flags["log.level"] = "x";
        const auto loaded = loadSettings(sources);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().message,
            std::string(
                "variable SEXTANT_INTERVAL: interval: expected a duration such as \"500ms\", \"10s\", \"5m\" or "
                "\"1h\", "
                "got \"soon\"\nflag --log-level: log.level: expected debug, info, warning or error, got \"x\""));
    }

    void aVariableThatIsNoSettingIsAWarning()
    {
        ConfigSources sources = withFile("");
        sources.variables["SEXTANT_INTERVALL"] = "10s";
        const auto loaded = loadSettings(sources);
        QVERIFY(loaded);
        QCOMPARE(loaded->warnings, std::vector<std::string>{"variable SEXTANT_INTERVALL: is no setting of the agent"});
    }

    void commandLines()
    {
        const auto parse = [](std::vector<std::string_view> arguments) { return parseCommandLine(arguments); };
        QCOMPARE(parse({})->command, Command::Run);
        QCOMPARE(parse({"run"})->command, Command::Run);
        QCOMPARE(parse({"check"})->command, Command::Check);
        QCOMPARE(parse({"worker"})->command, Command::Worker);
        QCOMPARE(parse({"--once", "--json"})->command, Command::Once);
        QCOMPARE(parse({"--version"})->command, Command::Version);
        QCOMPARE(parse({"--help"})->command, Command::Help);
        const auto recording = parse({"record", "host.rec", "--seconds", "60", "--interval=1s"});
        QCOMPARE(recording->command, Command::Record);
        QCOMPARE(recording->recording, std::string("host.rec"));
        QCOMPARE(recording->length, std::chrono::seconds(60));
        QCOMPARE(parse({"record", "x"})->length, std::chrono::seconds(600));
        const auto enrolment = parse({"enroll", "--force", "--state-dir", "/x", "sextant1_abc"});
        QCOMPARE(enrolment->command, Command::Enroll);
        QVERIFY(enrolment->enrolment.force);
        QCOMPARE(enrolment->enrolment.token, std::string("sextant1_abc"));
        const auto fromFile = parse({"enroll", "--token-file=/t", "--ca-fingerprint", "ab:cd"});
        QCOMPARE(fromFile->enrolment.tokenFile, std::string("/t"));
        QCOMPARE(fromFile->enrolment.authorityFingerprint, std::string("ab:cd"));
        QCOMPARE(enrolment->sources.flags.at("state_dir"), std::string("/x"));
        QCOMPARE(int(parse({"service", "start"})->service.action), int(process::ServiceAction::Start));
        const auto finish = parse({"service", "install-finish", "--start", "1", "--server", "", "--proxy", "http://p:1",
            "--ca-fingerprint", "", "--token", "sextant1_abc", "--purge="});
        QVERIFY2(finish, finish ? "" : finish.error().message.c_str());
        QCOMPARE(finish->command, Command::Service);
        QCOMPARE(int(finish->service.action), int(process::ServiceAction::InstallFinish));
        QVERIFY(finish->service.start && !finish->service.purge);
        QCOMPARE(finish->enrolment.token, std::string("sextant1_abc"));
        QCOMPARE(finish->sources.flags.at("server"), std::string());
        const auto running = parse({"run", "--config=/c", "--interval=5s", "--disk-memory", "--collectors-cpu=false"});
        QCOMPARE(running->sources.file, std::string("/c"));
        QVERIFY(running->sources.fileRequired);
        QCOMPARE(running->sources.flags.at("interval"), std::string("5s"));
        QCOMPARE(running->sources.flags.at("disk.memory"), std::string("true"));
        QCOMPARE(running->sources.flags.at("collectors.cpu"), std::string("false"));
    }

    void wrongCommandLines_data()
    {
        QTest::addColumn<QByteArray>("arguments");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char* arguments, const char* message) {
            QTest::newRow(arguments) << QByteArray(arguments) << QByteArray(message);
        };
        row("fly", "unknown command \"fly\"; try --help");
        row("--fly", "unknown option \"--fly\"; try --help");
        row("run check", "one command at a time: \"check\" came second");
        const char* const noToken =
            "enroll needs the token that the server printed, as sextant-agent enroll TOKEN or in "
            "a file: --token-file FILE";
        row("enroll", noToken);
        row("enroll sextant1_abc --token-file /t", noToken);
        row("enroll --token-file", "--token-file needs a file");
        row("enroll x --ca-fingerprint", "--ca-fingerprint needs 64 hexadecimal digits");
        row("run --token-file /t", "--token-file and --ca-fingerprint go with enroll");
        row("run --force", "--force goes with enroll");
        row("service", "service: expected install, uninstall, start, stop, status or run");
        row("service fly", "service: expected install, uninstall, start, stop, status or run");
        row("service install-finish --start yes", "--start: expected 0 or 1, got \"yes\"");
        row("service install-finish --token", "--token needs a value");
        const std::string fixed =
            "--config does not go with service: the service reads " + process::configFile("agent");
        row("service install --config /c", fixed.c_str());
        row("enroll --token x", "--token, --start and --purge are for the installer");
        row("run --json", "--json goes with --once");
        row("record", "record needs the file to make: sextant-agent record FILE");
        row("record x --seconds", "--seconds needs a number (1 to 604800)");
        row("record x --seconds=0", "--seconds needs a number (1 to 604800)");
        row("record x --seconds 604801", "--seconds needs a number (1 to 604800)");
        row("run --seconds 5", "--seconds goes with record");
        row("--interval", "--interval needs a value (1s to 1h)");
        row("--config", "--config needs a file");
    }
    void wrongCommandLines()
    {
        QFETCH(QByteArray, arguments);
        QFETCH(QByteArray, message);
        const QByteArrayList words = arguments.split(' ');
        std::vector<std::string_view> views;
        for (const QByteArray& word : words)
            views.emplace_back(word.constData(), static_cast<std::size_t>(word.size()));
        const auto parsed = parseCommandLine(views);
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().message, message.toStdString());
    }

    void helpNamesEverySetting()
    {
        for (const Setting& setting : allSettings())
            QVERIFY2(helpText().find(setting.flagName() + "  (" + setting.environmentName()) != std::string::npos,
                setting.key.data());
    }
};

QTEST_GUILESS_MAIN(LoadTest)
#include "load_test.moc"
