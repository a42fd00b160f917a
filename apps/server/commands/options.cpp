// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/options.h"

#include "process/folders.h"

#include <QProcessEnvironment>

#include <algorithm>
#include <array>
#include <string_view>

namespace sextant::server {
namespace {

struct Option {
    std::string_view name;
    bool takesValue;
    std::string_view setting; ///< the key of the setting that it gives; empty: for the command itself
};

constexpr auto kOptions = std::to_array<Option>({
    {"config", true, ""},
    {"data-dir", true, "data_dir"},
    {"database-url", true, "database.url"},
    {"database-password-file", true, "database.password_file"},
    {"listen", true, "listen"},
    {"public-url", true, "public_url"},
    {"log-level", true, "log.level"},
    {"log-format", true, "log.format"},
    {"valid", true, ""},
    {"note", true, ""},
    {"role", true, ""},
    {"rights", true, ""},
    {"host", true, ""},
    {"labels", true, ""},
    {"signed", false, ""},
    {"password-stdin", false, ""},
    {"force", false, ""},
    {"to", true, ""},
    {"start", true, ""},
    {"open-firewall", true, ""},
    {"purge", true, ""},
    {"help", false, ""},
    {"version", false, ""},
});

QString latin1(std::string_view text)
{
    return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

const Option* findOption(const QString& name)
{
    const auto found =
        std::ranges::find_if(kOptions, [&](const Option& option) { return name == latin1(option.name); });
    return found == kOptions.end() ? nullptr : &*found;
}

} // namespace

QString helpText()
{
    return QStringLiteral(
        R"(Usage: sextant-server [run] [--config FILE] [--data-dir DIR] [--listen ADDRESS:PORT] [--public-url URL]
                            [--log-level LEVEL] [--log-format FORMAT]
       sextant-server COMMAND [--config FILE] [--data-dir DIR] …

Watches a fleet: takes what the agents collect, keeps it, and answers the console. The first start makes a certificate
authority and prints its fingerprint, an admin password (once) and an enrolment token.

Commands (all but run and restore also work while the server runs):
  run                          run the server until SIGTERM or SIGINT
  token create [--valid 24h] [--note TEXT]
                               make an enrolment token and print it (1m to 30d; s, m, h, d)
  token list                   list enrolment tokens
  token revoke ID              revoke one
  key add NAME [--rights RIGHTS] [--host ID] [--labels LABELS] [--signed]
                               make an API key and print it. RIGHTS: ingest (default), read or read,ingest. It writes into
                               a host of its own, or into that one; every series gets LABELS, such as 'team="web"'. --signed:
                               only what carries a right HashSHA256 is taken (for Golectra's agents)
  key list                     list API keys
  key revoke ID                revoke one
  user add NAME [--role ROLE] [--password-stdin]
                               add a user (viewer, operator or admin; default viewer); prints a generated password,
                               or reads one from standard input
  user passwd NAME [--password-stdin]
                               give a user a new password and end their sessions
  user list                    list users
  host list                    list hosts
  host remove ID               remove a host; its certificate is refused at once
  backup FOLDER [--force]      save database, CA and certificates into a new folder, consistently, also while the server
                               runs; --force replaces an older backup. On PostgreSQL it saves nothing and fails: it prints
                               the pg_dump command to run, and which files of DIR to keep with it
  restore FOLDER [--force]     check such a folder and put it into the data folder, while no server runs there; --force
                               moves aside what is there. On PostgreSQL it prints the pg_restore command instead
  migrate --to URL|FILE        copy everything from the database that the server uses into an empty one, PostgreSQL or a
                               SQLite file; also while the server runs, and again to copy what came since. With the
                               server stopped the copy is completed, compared, and may be used
  doctor                       check data folder, database, certificates, disk, clock and port
  service ACTION               install, uninstall, start, stop, status or run: on Windows

Options:
  --config FILE                settings, TOML (default: %1 when it exists)
  --data-dir DIR               where everything is kept (default: %2)
  --database-url URL           postgresql://USER@HOST:PORT/DATABASE: samples, hosts and people are kept in PostgreSQL
                               (best with TimescaleDB) instead of DIR/sextant.db
  --database-password-file FILE
                               its first line is the password for it (default: libpq looks in ~/.pgpass)
  --listen ADDRESS:PORT        default *:7443; port 0 takes any free one, DIR/url says which
  --public-url URL             how agents reach this server, when not https://HOSTNAME:PORT
  --log-level LEVEL            debug, info, warning, error (default: info)
  --log-format FORMAT          logfmt, json (default: logfmt); logs go to standard error
  --help, --version

A flag wins over the environment (SEXTANT_SERVER_DATA_DIR, …), the environment over the file.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
)")
        .arg(QString::fromStdString(process::configFile("server")), Config().dataDir);
}

std::optional<QString> CommandLine::option(const QString& name) const
{
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional(found->second);
}

Result<CommandLine> parseCommandLine(const QStringList& arguments)
{
    CommandLine line;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString& argument = arguments[i];
        if (!argument.startsWith(QLatin1String("-"))) {
            line.words.append(argument);
            continue;
        }
        const QString name =
            argument == QLatin1String("-h") ? QStringLiteral("help") : argument.mid(2).section(u'=', 0, 0);
        const Option* option = findOption(name);
        if (!option || (!argument.startsWith(QLatin1String("--")) && argument != QLatin1String("-h")))
            return fail(ErrorCode::Invalid, argument.toStdString() + ": there is no such option; see --help");
        const bool hasValue = argument.contains(u'=');
        if (!option->takesValue && hasValue)
            return fail(ErrorCode::Invalid, "--" + name.toStdString() + " takes no value");
        if (option->takesValue && !hasValue && i + 1 >= arguments.size())
            return fail(ErrorCode::Invalid, "--" + name.toStdString() + " needs a value");
        line.options[name] = !option->takesValue ? QString() : hasValue ? argument.section(u'=', 1) : arguments[++i];
    }
    return line;
}

std::map<std::string, std::string> givenSettings(const CommandLine& line)
{
    std::map<std::string, std::string> given;
    for (const Option& option : kOptions) {
        const auto value = option.setting.empty() ? std::nullopt : line.option(latin1(option.name));
        if (value)
            given[std::string(option.setting)] = value->toStdString();
    }
    return given;
}

Result<Config> configFor(const CommandLine& line)
{
    ConfigSources sources;
    sources.file = line.option(QStringLiteral("config")).value_or(QString());
    const auto environment = QProcessEnvironment::systemEnvironment();
    for (const QString& name : environment.keys())
        sources.environment[name.toStdString()] = environment.value(name).toStdString();
    sources.flags = givenSettings(line);
    return loadConfig(sources);
}

} // namespace sextant::server
