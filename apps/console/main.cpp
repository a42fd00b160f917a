// SPDX-License-Identifier: GPL-3.0-or-later
// The console's entry: reads the command line, makes the parts and hands them to each other.
#include "console/pages/main_window.h"
#include "console/pages/screenshot.h"
#include "console/pages/settings_page.h"
#include "console/session/certificate_pin.h"
#include "console/session/secret_store.h"
#include "console/session/server_list.h"
#include "console/session/session.h"
#include "console/session/unattended_login.h"
#include "console/theme/icons.h"
#include "console/theme/system_theme.h"
#include "console/theme/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFile>
#include <QLocale>
#include <QPalette>
#include <QSettings>
#include <QTemporaryDir>
#include <QTranslator>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace sextant;
using namespace sextant::console;

namespace {

constexpr int kUsage = 2;

QString translate(const char* text)
{
    return QCoreApplication::translate("main", text);
}

/// Why the command line is refused, in the person's language.
tl::unexpected<Error> invalid(const char* text, const std::string& detail = {})
{
    return fail(ErrorCode::Invalid, translate(text).toStdString() + detail);
}

int refuse(const QString& reason)
{
    std::fprintf(stderr, "sextant-console: %s\n", qUtf8Printable(reason));
    return kUsage;
}

bool has(int argc, char** argv, const char* option)
{
    for (int index = 1; index < argc; ++index) {
        if (std::strncmp(argv[index], option, std::strlen(option)) == 0)
            return true;
    }
    return false;
}

int refuseWithoutDisplay()
{
    return refuse(translate(QT_TRANSLATE_NOOP(
        "main", "no display; start it on a desktop, or use --screenshot DIR to get pictures without one")));
}

/// No desktop at all. A display that is named but does not answer is found by the toolkit: see endInOneLine().
bool displayMissing()
{
    return qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") &&
           qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

/// While the application is being made, the toolkit says at length that the display does not answer, and aborts. This
/// says it in one line and ends as for any other wrong start.
void endInOneLine(QtMsgType type, const QMessageLogContext&, const QString&)
{
    if (type == QtFatalMsg)
        std::_Exit(refuseWithoutDisplay());
}

void describe(QCommandLineParser& parser)
{
    parser.setApplicationDescription(translate(QT_TRANSLATE_NOOP("main", "Shows the fleet of a Sextant server.")));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("URL"),
        translate(QT_TRANSLATE_NOOP("main", "The server to connect to, e.g. fleet.example.")), QStringLiteral("[URL]"));
    parser.addOptions({
        {QStringLiteral("screenshot"),
            translate(QT_TRANSLATE_NOOP(
                "main", "Write pictures of the fleet and of a host to DIR, without a display, and end.")),
            QStringLiteral("DIR")},
        {QStringLiteral("server"),
            translate(QT_TRANSLATE_NOOP("main", "The server to connect to without questions; needs the three below.")),
            QStringLiteral("URL")},
        {QStringLiteral("ca-fingerprint"),
            translate(QT_TRANSLATE_NOOP("main", "SHA-256 of its CA, as the server printed it.")),
            QStringLiteral("HEX")},
        {QStringLiteral("user"), translate(QT_TRANSLATE_NOOP("main", "Who logs in.")), QStringLiteral("NAME"),
            QStringLiteral("admin")},
        {QStringLiteral("password-file"),
            translate(QT_TRANSLATE_NOOP("main", "A file whose first line is the password; else SEXTANT_PASSWORD.")),
            QStringLiteral("FILE")},
        {QStringLiteral("theme"), translate(QT_TRANSLATE_NOOP("main", "light, dark or both.")), QStringLiteral("THEME"),
            QStringLiteral("both")},
        {QStringLiteral("size"), translate(QT_TRANSLATE_NOOP("main", "Size of the pictures.")), QStringLiteral("WxH"),
            QStringLiteral("1440x900")},
    });
}

Result<QString> readPassword(const QString& path)
{
    if (path.isEmpty()) {
        const QString password = qEnvironmentVariable("SEXTANT_PASSWORD");
        if (password.isEmpty())
            return invalid(QT_TRANSLATE_NOOP("main", "--server needs --password-file or SEXTANT_PASSWORD"));
        return password;
    }
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return invalid(QT_TRANSLATE_NOOP("main", "cannot read the password file: "), file.errorString().toStdString());
    return QString::fromUtf8(file.readLine(4096)).trimmed();
}

/// A server and what its questions are answered with.
struct Entrance {
    QUrl server;
    QByteArray caFingerprint;
    QString user, password;
};

Result<Entrance> readEntrance(const QCommandLineParser& parser)
{
    Entrance entrance;
    const Result<QUrl> url = parseServerAddress(parser.value(QStringLiteral("server")));
    if (!url)
        return fail(ErrorCode::Invalid, "--server: " + url.error().message);
    entrance.server = *url;
    const auto fingerprint = parseFingerprint(parser.value(QStringLiteral("ca-fingerprint")));
    if (!fingerprint)
        return invalid(
            QT_TRANSLATE_NOOP("main", "--ca-fingerprint: expected the 64 hex digits that the server printed"));
    entrance.caFingerprint = *fingerprint;
    entrance.user = parser.value(QStringLiteral("user"));
    Result<QString> password = readPassword(parser.value(QStringLiteral("password-file")));
    if (!password)
        return tl::unexpected(password.error());
    entrance.password = std::move(*password);
    return entrance;
}

Result<ScreenshotOrder> readOrder(const QCommandLineParser& parser)
{
    ScreenshotOrder order;
    order.folder = parser.value(QStringLiteral("screenshot"));
    const QString theme = parser.value(QStringLiteral("theme"));
    if (theme != u"light" && theme != u"dark" && theme != u"both")
        return invalid(QT_TRANSLATE_NOOP("main", "--theme: expected light, dark or both"));
    order.light = theme != u"dark";
    order.dark = theme != u"light";
    const QStringList size = parser.value(QStringLiteral("size")).split(u'x');
    order.size = size.size() == 2 ? QSize(size[0].toInt(), size[1].toInt()) : QSize();
    if (order.size.width() < 960 || order.size.height() < 600 || order.size.width() > 7680 ||
        order.size.height() > 4320)
        return invalid(QT_TRANSLATE_NOOP("main", "--size: expected WIDTHxHEIGHT from 960x600 to 7680x4320"));
    return order;
}

int runScreenshot(const QCommandLineParser& parser, Theme& theme)
{
    Result<ScreenshotOrder> order = readOrder(parser);
    if (!order)
        return refuse(QString::fromStdString(order.error().message));
    const Result<Entrance> entrance = readEntrance(parser);
    if (!entrance)
        return refuse(QString::fromStdString(entrance.error().message));
    order->server = entrance->server;
    // Nothing of the person's own: no settings, no secrets.
    const QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
    ServerList servers(settings);
    MemoryStore secrets;
    Session session(servers, secrets);
    MainWindow window(theme, session, servers, settings);
    UnattendedLogin login(session, entrance->caFingerprint, entrance->user, entrance->password);
    Screenshot screenshot(std::move(*order), window, session, servers, theme);
    QObject::connect(&login, &UnattendedLogin::failed, &screenshot, &Screenshot::fail);
    QObject::connect(
        &screenshot, &Screenshot::finished, qApp, [](int code) { QCoreApplication::exit(code); }, Qt::QueuedConnection);
    screenshot.start();
    return QApplication::exec();
}

int runWindow(const QCommandLineParser& parser, Theme& theme)
{
    QSettings settings;
    applyThemeChoice(settings, theme);
    SystemTheme system;
    QObject::connect(&system, &SystemTheme::darkWanted, &theme, &Theme::setSystemDark);
    system.start();
    ServerList servers(settings);
    // A login that the command line brings is not the desktop's to keep: no keyring is asked for.
    std::unique_ptr<SecretStore> secrets;
    if (parser.isSet(QStringLiteral("server")))
        secrets = std::make_unique<MemoryStore>();
    else
        secrets = std::make_unique<KeychainStore>();
    Session session(servers, *secrets);
    MainWindow window(theme, session, servers, settings);
    std::unique_ptr<UnattendedLogin> login;
    if (parser.isSet(QStringLiteral("server"))) {
        const Result<Entrance> entrance = readEntrance(parser);
        if (!entrance)
            return refuse(QString::fromStdString(entrance.error().message));
        login = std::make_unique<UnattendedLogin>(session, entrance->caFingerprint, entrance->user, entrance->password);
        session.open(servers.findOrMake(entrance->server));
    } else if (const QStringList wanted = parser.positionalArguments(); !wanted.isEmpty()) {
        const Result<QUrl> url = parseServerAddress(wanted.constFirst());
        if (!url)
            return refuse(QString::fromStdString(url.error().message));
        session.open(servers.findOrMake(*url));
    } else if (!servers.servers().isEmpty()) {
        session.open(servers.servers().constFirst());
    }
    window.show();
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv)
{
    const bool pictures = has(argc, argv, "--screenshot");
    if ((pictures || has(argc, argv, "--help") || has(argc, argv, "--version")) &&
        qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (displayMissing() && !has(argc, argv, "-platform"))
        return refuseWithoutDisplay();
    const QtMessageHandler usual = qInstallMessageHandler(endInOneLine);
    QApplication application(argc, argv);
    qInstallMessageHandler(usual);
    QApplication::setApplicationName(QStringLiteral("sextant-console"));
    QApplication::setOrganizationName(QStringLiteral("sextant"));
    QApplication::setApplicationVersion(QStringLiteral(SEXTANT_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("sextant-console"));
    QApplication::setWindowIcon(applicationIcon());
    // Without a language the toolkit writes 12400 instead of 12,400.
    if (QLocale::system().language() == QLocale::C)
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QTranslator translator;
    // English is loaded for its plurals.
    if (translator.load(QLocale(), QStringLiteral("console"), QStringLiteral("_"), QStringLiteral(":/translations")) ||
        translator.load(QStringLiteral(":/translations/console_en")))
        QApplication::installTranslator(&translator);

    QCommandLineParser parser;
    describe(parser);
    parser.process(application);
    const QColor window = QApplication::palette().color(QPalette::Window);
    Theme theme(application);
    theme.setSystemDark(window.lightness() < 128);
    return pictures ? runScreenshot(parser, theme) : runWindow(parser, theme);
}
