// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/clock.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace sextant::server {

class Database;
class HostRegistry;

/// What an API key may do and where, apart from its secret.
struct ApiKey {
    std::int64_t id = 0;
    QString name;
    bool mayRead = false;         ///< what a viewer may
    bool mayIngest = false;       ///< write samples, into `host`
    std::optional<HostId> host{}; ///< there when it may ingest
    metrics::Labels labels{};     ///< every series that it writes has these; one that says otherwise is refused
    std::int64_t createdMs = 0;
    std::optional<std::int64_t> lastUsedMs{}; ///< kUseMs behind at most
    bool revoked = false;
    bool mustSign = false; ///< writes by requests with a right HashSHA256 alone (docs/compat.md, Golectra)
};

/// Keys by which programs without an agent write samples and read, in the table `api_keys` (hashed). Good until they
/// are revoked or their host is removed. Reads its table each time, so that what the command line changes holds at
/// once. Thread-safe; create(), revoke() and noteUse() block until the commit.
///
/// The word that people carry is `sxk_<id>_<secret>`: the number tells which key it is without giving it away, the
/// secret is 32 random bytes.
class ApiKeys {
public:
    static constexpr qsizetype kMaxName = 100;
    static constexpr std::size_t kMaxLabels = 16;
    static constexpr std::size_t kMaxLabelBytes = 256; ///< of a name or a value
    /// The last use is written only when it would move by this much, so that asking seldom means writing.
    static constexpr std::int64_t kUseMs = 5LL * 60'000;

    struct Made {
        ApiKey key;
        QByteArray word; ///< the only time that it is seen
    };

    ApiKeys(Database& database, HostRegistry& hosts, Clock clock);

    /// Makes a key with the name, rights, host and labels of `wanted`. One that may ingest and names no host gets a
    /// source of its own, named as the key. Invalid: no right, a bad name or label, a host or labels without the right
    /// to ingest, one that must sign and may do more than ingest; NotFound: there is no such host.
    [[nodiscard]] Result<Made> create(const ApiKey& wanted);
    /// In order of making.
    [[nodiscard]] Result<std::vector<ApiKey>> list();
    /// NotFound when there is none; again is not an error. What a source holds stays.
    [[nodiscard]] Result<void> revoke(std::int64_t id);

    /// Whether a credential looks like the word of a key, and not like a session's token.
    [[nodiscard]] static bool isWord(const QByteArray& credential);
    /// The key of a word; nothing when it is wrong or revoked. A short read.
    [[nodiscard]] Result<std::optional<ApiKey>> find(const QByteArray& word);
    /// Whether noteUse() has something to write.
    [[nodiscard]] bool isDue(const ApiKey& key) const;
    [[nodiscard]] Result<void> noteUse(std::int64_t id);

private:
    Database& m_database;
    HostRegistry& m_hosts;
    Clock m_clock;
};

} // namespace sextant::server
