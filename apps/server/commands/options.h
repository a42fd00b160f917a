// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/config/config.h"

#include <QString>
#include <QStringList>

#include <map>
#include <optional>
#include <string>

namespace sextant::server {

/// What the command line says: the words of the command ("token", "revoke", "3") and the options by name.
struct CommandLine {
    QStringList words;
    std::map<QString, QString> options;

    [[nodiscard]] std::optional<QString> option(const QString& name) const;
};

/// The text of --help.
[[nodiscard]] QString helpText();

/// Takes the arguments (without the program's name) apart. Invalid for an option that does not exist or lacks its
/// value.
[[nodiscard]] Result<CommandLine> parseCommandLine(const QStringList& arguments);

/// The settings that the command line gives, by their keys in the settings file: {"listen", "127.0.0.1:7443"}.
[[nodiscard]] std::map<std::string, std::string> givenSettings(const CommandLine& line);

/// The settings that hold for this command line.
[[nodiscard]] Result<Config> configFor(const CommandLine& line);

// How a command ends.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

} // namespace sextant::server
