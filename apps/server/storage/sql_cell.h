// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/frame.h"

#include <QVariant>

namespace sextant::server {

/// What a table has in one of our columns; NULL is an absent cell. Any thread.
[[nodiscard]] inline metrics::Value cellOf(const QVariant& value, const metrics::Column& column)
{
    if (value.isNull())
        return {};
    return column.storage == metrics::Storage::Real ? metrics::Value::real(value.toDouble())
                                                    : metrics::Value::fixed(value.toLongLong());
}

} // namespace sextant::server
