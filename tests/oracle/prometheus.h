// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "oracle/answers.h"

#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <string>

namespace sextant::oracle {

/// When a query is asked; a step of 0 is an instant query at `startMs`.
struct QueryTime {
    std::int64_t startMs = 0;
    std::int64_t endMs = 0;
    std::int64_t stepMs = 0;
};

/// Debian's prometheus on a free loopback port, over a folder of blocks that promtool made, and what is written to it
/// behind them. It scrapes nothing.
class Prometheus {
public:
    /// `folder`: where prometheus and promtool are.
    explicit Prometheus(QString folder) : m_folder(std::move(folder)) {}
    ~Prometheus();
    Prometheus(const Prometheus&) = delete;
    Prometheus& operator=(const Prometheus&) = delete;

    // Both: false with a word on stderr when that fails.

    /// Makes the blocks and starts.
    [[nodiscard]] bool start(const std::string& openMetrics);
    /// Sends the body of a remote write.
    [[nodiscard]] bool writeSamples(const std::string& body);
    [[nodiscard]] Answer ask(const std::string& query, const QueryTime& time) const;

private:
    /// The whole answer to GET (no body), or to POST of a form or whatever the headers say.
    [[nodiscard]] QByteArray send(const QByteArray& path, const QByteArray& body,
        const QByteArray& headers = "Content-Type: application/x-www-form-urlencoded\r\n") const;
    [[nodiscard]] QByteArray post(const QByteArray& path, const QByteArray& form) const;

    QString m_folder;
    QTemporaryDir m_data;
    QProcess m_process;
    quint16 m_port = 0;
};

} // namespace sextant::oracle
