// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/api_keys.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/secret.h"
#include "server/auth/users.h"
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/config/values.h"
#include "server/hosts/host_registry.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"

#include <QDateTime>

#include <cstdio>
#include <iostream>

namespace sextant::server {
namespace {

void print(const QString& line)
{
    std::fputs((line + u'\n').toUtf8().constData(), stdout);
}

QString timeText(std::int64_t unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(u"yyyy-MM-dd hh:mm");
}

tl::unexpected<Error> usage(const std::string& expected)
{
    return fail(ErrorCode::Invalid, "usage: sextant-server " + expected + "; see --help");
}

Result<std::int64_t> numberOf(const CommandLine& line, const std::string& expected)
{
    bool isNumber = false;
    const qlonglong id = line.words.value(2).toLongLong(&isNumber);
    if (line.words.size() != 3 || !isNumber)
        return usage(expected);
    return id;
}

struct Opened {
    DataFolder folder;
    std::unique_ptr<Database> database;
};

Result<Opened> openFor(const Config& config)
{
    DataFolder folder{config.dataDir};
    auto database = openDatabase(config, folder, true);
    if (!database)
        return tl::unexpected<Error>(database.error());
    return Opened{folder, std::move(*database)};
}

Result<int> createToken(const CommandLine& line, const Config& config, const Opened& opened)
{
    const QString valid = line.option(QStringLiteral("valid")).value_or(QStringLiteral("24h"));
    const auto validMs = parseDuration(valid);
    if (!validMs)
        return fail(ErrorCode::Invalid,
            "--valid: expected a duration such as 30m, 24h or 7d, got \"" + valid.toStdString() + "\"");
    const QString url = !config.publicUrl.isEmpty() ? config.publicUrl : knownUrl(opened.folder);
    if (url.isEmpty())
        return fail(ErrorCode::NotAvailable, "the address of the server is not known: start it, or give --public-url");
    const auto authority = CertificateAuthority::openOrCreate(opened.folder.path, systemNowMs());
    if (!authority)
        return tl::unexpected<Error>(authority.error());
    EnrolmentTokens tokens(*opened.database, systemNowMs);
    const auto made = tokens.create(*validMs, line.option(QStringLiteral("note")).value_or(QString()));
    if (!made)
        return tl::unexpected<Error>(made.error());
    print(QString::fromLatin1(tokenWord(url, authority->fingerprint(), made->secret, made->expiresMs)));
    return kExitOk;
}

Result<int> listTokens(const Opened& opened)
{
    EnrolmentTokens tokens(*opened.database, systemNowMs);
    const auto list = tokens.list();
    if (!list)
        return tl::unexpected<Error>(list.error());
    print(QStringLiteral("ID\tCREATED\tEXPIRES\tSTATE\tNOTE"));
    for (const EnrolmentToken& token : *list) {
        const QString state = token.usedBy    ? QStringLiteral("used by host %1").arg(token.usedBy->value)
                              : token.revoked ? QStringLiteral("revoked")
                              : token.expiresMs <= systemNowMs() ? QStringLiteral("expired")
                                                                 : QStringLiteral("good");
        print(QStringList{
            QString::number(token.id), timeText(token.createdMs), timeText(token.expiresMs), state, token.note}
                  .join(u'\t'));
    }
    return kExitOk;
}

/// A password from the first line of standard input, or a new one that is printed.
Result<QByteArray> choosePassword(const CommandLine& line)
{
    if (!line.option(QStringLiteral("password-stdin"))) {
        const QByteArray password = makePassword();
        print(QStringLiteral("password: ") + QString::fromLatin1(password));
        return password;
    }
    std::string text;
    if (!std::getline(std::cin, text))
        return fail(ErrorCode::Invalid, "--password-stdin: standard input is empty");
    return QByteArray::fromStdString(text);
}

Result<int> addUser(const CommandLine& line, Users& users)
{
    if (line.words.size() != 3)
        return usage("user add NAME [--role viewer|operator|admin] [--password-stdin]");
    const auto role = parseRole(line.option(QStringLiteral("role")).value_or(QStringLiteral("viewer")));
    if (!role)
        return fail(ErrorCode::Invalid, "--role: expected viewer, operator or admin");
    const auto password = choosePassword(line);
    if (!password)
        return tl::unexpected<Error>(password.error());
    return users.add(line.words[2], *role, *password).map([] { return kExitOk; });
}

Result<int> changePassword(const CommandLine& line, Users& users)
{
    if (line.words.size() != 3)
        return usage("user passwd NAME [--password-stdin]");
    const auto password = choosePassword(line);
    if (!password)
        return tl::unexpected<Error>(password.error());
    return users.setPassword(line.words[2], *password).map([] { return kExitOk; });
}

Result<int> listUsers(Users& users)
{
    const auto list = users.list();
    if (!list)
        return tl::unexpected<Error>(list.error());
    print(QStringLiteral("NAME\tROLE\tCREATED"));
    for (const User& user : *list)
        print(QStringList{user.name, toString(user.role), timeText(user.createdMs)}.join(u'\t'));
    return kExitOk;
}

/// `read`, `ingest` or `read,ingest`.
Result<void> readRights(const CommandLine& line, ApiKey& wanted)
{
    for (const QString& right : line.option(QStringLiteral("rights")).value_or(QStringLiteral("ingest")).split(u',')) {
        if (right == QLatin1String("read"))
            wanted.mayRead = true;
        else if (right == QLatin1String("ingest"))
            wanted.mayIngest = true;
        else
            return fail(ErrorCode::Invalid, "--rights: expected read, ingest or read,ingest");
    }
    return {};
}

Result<int> addKey(const CommandLine& line, HostRegistry& hosts, ApiKeys& keys)
{
    if (line.words.size() != 3)
        return usage("key add NAME [--rights read,ingest] [--host ID] [--labels 'KEY=\"VALUE\",…'] [--signed]");
    ApiKey wanted;
    wanted.name = line.words[2];
    if (auto read = readRights(line, wanted); !read)
        return tl::unexpected<Error>(read.error());
    if (const auto host = line.option(QStringLiteral("host"))) {
        bool isNumber = false;
        wanted.host = HostId{host->toLongLong(&isNumber)};
        if (!isNumber)
            return fail(ErrorCode::Invalid, "--host: expected the number of a host; see host list");
    }
    auto labels = metrics::parseLabelText(line.option(QStringLiteral("labels")).value_or(QString()).toStdString());
    if (!labels)
        return fail(ErrorCode::Invalid, "--labels: " + labels.error().message);
    wanted.labels = std::move(*labels);
    wanted.mustSign = line.option(QStringLiteral("signed")).has_value();
    if (auto loaded = hosts.load(); !loaded)
        return tl::unexpected<Error>(loaded.error());
    const auto made = keys.create(wanted);
    if (!made)
        return tl::unexpected<Error>(made.error());
    print(QString::fromLatin1(made->word));
    return kExitOk;
}

Result<int> listKeys(ApiKeys& keys)
{
    const auto list = keys.list();
    if (!list)
        return tl::unexpected<Error>(list.error());
    print(QStringLiteral("ID\tNAME\tRIGHTS\tHOST\tCREATED\tLAST USED\tSTATE\tSIGNED\tLABELS"));
    for (const ApiKey& key : *list) {
        const QString rights = key.mayRead && key.mayIngest ? QStringLiteral("read,ingest")
                               : key.mayRead                ? QStringLiteral("read")
                                                            : QStringLiteral("ingest");
        print(QStringList{QString::number(key.id), key.name, rights,
            key.host ? QString::number(key.host->value) : QStringLiteral("-"), timeText(key.createdMs),
            key.lastUsedMs ? timeText(*key.lastUsedMs) : QStringLiteral("never"),
            key.revoked ? QStringLiteral("revoked") : QStringLiteral("good"),
            key.mustSign ? QStringLiteral("yes") : QStringLiteral("no"),
            QString::fromStdString(metrics::labelText(key.labels))}
                  .join(u'\t'));
    }
    return kExitOk;
}

} // namespace

Result<int> keyCommand(const CommandLine& line, const Config& config)
{
    const QString action = line.words.value(1);
    const auto opened = openFor(config);
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    HostRegistry hosts(*opened->database, systemNowMs);
    ApiKeys keys(*opened->database, hosts, systemNowMs);
    if (action == QLatin1String("add"))
        return addKey(line, hosts, keys);
    if (action == QLatin1String("list") && line.words.size() == 2)
        return listKeys(keys);
    if (action == QLatin1String("revoke")) {
        const auto id = numberOf(line, "key revoke ID");
        if (!id)
            return tl::unexpected<Error>(id.error());
        return keys.revoke(*id).map([] { return kExitOk; });
    }
    return usage("key add|list|revoke");
}

Result<int> tokenCommand(const CommandLine& line, const Config& config)
{
    const QString action = line.words.value(1);
    const auto opened = openFor(config);
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    if (action == QLatin1String("create") && line.words.size() == 2)
        return createToken(line, config, *opened);
    if (action == QLatin1String("list") && line.words.size() == 2)
        return listTokens(*opened);
    if (action == QLatin1String("revoke")) {
        const auto id = numberOf(line, "token revoke ID");
        if (!id)
            return tl::unexpected<Error>(id.error());
        return EnrolmentTokens(*opened->database, systemNowMs).revoke(*id).map([] { return kExitOk; });
    }
    return usage("token create|list|revoke");
}

Result<int> userCommand(const CommandLine& line, const Config& config)
{
    const QString action = line.words.value(1);
    const auto opened = openFor(config);
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    Users users(*opened->database, systemNowMs);
    if (action == QLatin1String("add"))
        return addUser(line, users);
    if (action == QLatin1String("passwd"))
        return changePassword(line, users);
    if (action == QLatin1String("list") && line.words.size() == 2)
        return listUsers(users);
    return usage("user add|passwd|list");
}

Result<int> hostCommand(const CommandLine& line, const Config& config)
{
    const QString action = line.words.value(1);
    const auto opened = openFor(config);
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    HostRegistry hosts(*opened->database, systemNowMs);
    if (auto loaded = hosts.load(); !loaded)
        return tl::unexpected<Error>(loaded.error());
    if (action == QLatin1String("remove")) {
        const auto id = numberOf(line, "host remove ID");
        if (!id)
            return tl::unexpected<Error>(id.error());
        return hosts.remove(HostId{*id}).map([] { return kExitOk; });
    }
    if (action != QLatin1String("list") || line.words.size() != 2)
        return usage("host list|remove");
    print(QStringLiteral("ID\tNAME\tKIND\tSYSTEM\tAGENT\tENROLLED\tCERTIFICATE UNTIL"));
    const HostRegistry::HostList known = hosts.list();
    for (const HostFacts& host : *known)
        print(QStringList{QString::number(host.id.value), host.description.name, kindName(host.kind),
            host.description.os, host.description.agentVersion, timeText(host.enrolledMs),
            host.kind == HostKind::Agent ? timeText(host.certificate.notAfterMs) : QStringLiteral("-")}
                  .join(u'\t'));
    return kExitOk;
}

} // namespace sextant::server
