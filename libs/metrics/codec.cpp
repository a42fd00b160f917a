// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/codec.h"

#include "metrics/tags.h"
#include "metrics/utf8.h"

#include <protozero/pbf_message.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace sextant::metrics {
namespace {

// Field numbers of resources/proto/sextant.proto.
enum class BatchField : protozero::pbf_tag_type {
    Id = 1,
    Host = 2,
    Frames = 3,
    Sequence = 4,
    Gaps = 5,
    Documents = 6,
    Tags = 7
};
enum class DocumentField : protozero::pbf_tag_type { Kind = 1, TimeMs = 2, Text = 3 };
enum class TagField : protozero::pbf_tag_type { Name = 1, Value = 2 };
enum class GapField : protozero::pbf_tag_type { Cause = 1, FromMs = 2, ToMs = 3, Detail = 4 };
enum class FrameField : protozero::pbf_tag_type {
    Family = 1,
    TimeMs = 2,
    IntervalMs = 3,
    Rows = 4,
    Labels = 5,
    Columns = 6
};
enum class LabelField : protozero::pbf_tag_type { Key = 1, Values = 2 };
enum class ColumnField : protozero::pbf_tag_type { Number = 1, Fixed = 2, Real = 3, Absent = 4 };

protozero::pbf_tag_type tag(auto field)
{
    return static_cast<protozero::pbf_tag_type>(field);
}

// ---- encoding ----

std::string absentBits(const Frame& frame, std::size_t column)
{
    std::string bits((frame.rowCount() + 7) / 8, '\0');
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        if (frame.at(row, column).isAbsent())
            bits[row / 8] = static_cast<char>(static_cast<unsigned char>(bits[row / 8]) | (1U << (row % 8)));
    }
    return bits;
}

void encodeColumn(protozero::pbf_writer& frameWriter, const Frame& frame, std::size_t column)
{
    std::vector<std::int64_t> fixed;
    std::vector<double> real;
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const Value value = frame.at(row, column);
        if (value.isFixed())
            fixed.push_back(value.scaled());
        else if (value.isReal())
            real.push_back(value.asReal());
    }
    const std::size_t present = fixed.size() + real.size();
    if (present == 0)
        return;
    protozero::pbf_writer writer(frameWriter, tag(FrameField::Columns));
    writer.add_uint32(tag(ColumnField::Number), frame.family().columns[column].number);
    if (!fixed.empty())
        writer.add_packed_sint64(tag(ColumnField::Fixed), fixed.begin(), fixed.end());
    if (!real.empty())
        writer.add_packed_double(tag(ColumnField::Real), real.begin(), real.end());
    if (present < frame.rowCount())
        writer.add_bytes(tag(ColumnField::Absent), absentBits(frame, column));
}

void encodeFrame(protozero::pbf_writer& batchWriter, const Frame& frame)
{
    const Family& family = frame.family();
    protozero::pbf_writer writer(batchWriter, tag(BatchField::Frames));
    writer.add_string(tag(FrameField::Family), family.name.data(), family.name.size());
    writer.add_sint64(tag(FrameField::TimeMs), frame.timeMs());
    writer.add_uint32(tag(FrameField::IntervalMs), frame.intervalMs());
    writer.add_uint32(tag(FrameField::Rows), static_cast<std::uint32_t>(frame.rowCount()));
    for (std::size_t key = 0; key < family.labels.size(); ++key) {
        protozero::pbf_writer label(writer, tag(FrameField::Labels));
        label.add_string(tag(LabelField::Key), family.labels[key].data(), family.labels[key].size());
        for (std::size_t row = 0; row < frame.rowCount(); ++row)
            label.add_string(tag(LabelField::Values), frame.labels(row)[key]);
    }
    for (std::size_t column = 0; column < family.columns.size(); ++column)
        encodeColumn(writer, frame, column);
}

void encodeGap(protozero::pbf_writer& batchWriter, const GapReport& gap)
{
    protozero::pbf_writer writer(batchWriter, tag(BatchField::Gaps));
    writer.add_uint32(tag(GapField::Cause), static_cast<std::uint32_t>(gap.cause));
    writer.add_sint64(tag(GapField::FromMs), gap.fromMs);
    writer.add_sint64(tag(GapField::ToMs), gap.toMs);
    if (!gap.detail.empty())
        writer.add_string(tag(GapField::Detail), gap.detail);
}

void encodeDocument(protozero::pbf_writer& batch, const Document& document)
{
    protozero::pbf_writer writer(batch, tag(BatchField::Documents));
    writer.add_string(tag(DocumentField::Kind), document.kind);
    writer.add_sint64(tag(DocumentField::TimeMs), document.timeMs);
    writer.add_string(tag(DocumentField::Text), document.text);
}

void encodeTag(protozero::pbf_writer& batch, const Label& label)
{
    protozero::pbf_writer writer(batch, tag(BatchField::Tags));
    writer.add_string(tag(TagField::Name), label.name);
    writer.add_string(tag(TagField::Value), label.value);
}

// ---- decoding ----
// protozero throws on damaged input; decodeBatch() is the one place that catches. Our own failures travel the same way.

struct Failure {
    Error error;
};

[[noreturn]] void refuse(ErrorCode code, std::string message)
{
    throw Failure{{code, std::move(message)}};
}

std::string_view toStringView(protozero::data_view view)
{
    return {view.data(), view.size()};
}

std::string readText(protozero::data_view view, std::size_t maxBytes, const char* what)
{
    if (view.size() > maxBytes)
        refuse(ErrorCode::TooLarge, std::string(what) + " has " + std::to_string(view.size()) + " bytes, at most " +
                                        std::to_string(maxBytes) + " are allowed");
    std::string text(view.data(), view.size());
    if (!isText(text))
        refuse(ErrorCode::Malformed, std::string(what) + " is not UTF-8 text or holds a NUL byte");
    return text;
}

class FrameDecoder {
public:
    FrameDecoder(DecodedBatch& into, const DecodeLimits& limits) : m_into(into), m_limits(limits) {}

    /// `place`: which frame of the message this is, from 0.
    void decode(protozero::pbf_message<FrameField> message, std::size_t place)
    {
        std::string_view familyName;
        std::int64_t timeMs = 0;
        std::uint32_t intervalMs = 0;
        std::uint32_t rows = 0;
        std::vector<protozero::data_view> labels;
        std::vector<protozero::data_view> columns;
        while (message.next()) {
            if (message.tag_and_type() ==
                protozero::tag_and_type(FrameField::Family, protozero::pbf_wire_type::length_delimited))
                familyName = toStringView(message.get_view());
            else if (message.tag_and_type() ==
                     protozero::tag_and_type(FrameField::TimeMs, protozero::pbf_wire_type::varint))
                timeMs = message.get_sint64();
            else if (message.tag_and_type() ==
                     protozero::tag_and_type(FrameField::IntervalMs, protozero::pbf_wire_type::varint))
                intervalMs = message.get_uint32();
            else if (message.tag_and_type() ==
                     protozero::tag_and_type(FrameField::Rows, protozero::pbf_wire_type::varint))
                rows = message.get_uint32();
            else if (message.tag_and_type() ==
                     protozero::tag_and_type(FrameField::Labels, protozero::pbf_wire_type::length_delimited))
                labels.push_back(message.get_view());
            else if (message.tag_and_type() ==
                     protozero::tag_and_type(FrameField::Columns, protozero::pbf_wire_type::length_delimited))
                columns.push_back(message.get_view());
            else
                skip(message);
        }
        if (rows > m_limits.rowsPerFrame)
            refuse(ErrorCode::TooLarge, "a frame has " + std::to_string(rows) + " rows, at most " +
                                            std::to_string(m_limits.rowsPerFrame) + " are allowed");
        const Family* family = findFamily(familyName);
        if (!family) {
            ++m_into.unknownFamilies;
            m_into.refusals.addFrame(place, rows, RefusalReason::UnknownFamily);
            return;
        }
        m_cells += std::size_t{rows} * std::max<std::size_t>(1, family->columns.size());
        if (m_cells > m_limits.cells)
            refuse(ErrorCode::TooLarge, "the batch has more than " + std::to_string(m_limits.cells) + " cells");

        m_faults.assign(rows, std::nullopt);
        Frame frame(*family, timeMs, intervalMs);
        addRows(frame, rows, labels);
        for (const protozero::data_view& column : columns)
            decodeColumn(frame, protozero::pbf_message<ColumnField>(column));
        if (std::ranges::any_of(m_faults, [](const auto& fault) { return fault.has_value(); }))
            frame = withoutFaults(frame, place);
        if (rows > 0 && frame.rowCount() == 0)
            return;
        m_into.batch.frames.push_back(std::move(frame));
        m_into.places.push_back(place);
    }

private:
    void skip(auto& message)
    {
        ++m_into.unknownFields;
        message.skip();
    }

    /// The rows that have no fault; the others are noted as refused.
    [[nodiscard]] Frame withoutFaults(const Frame& frame, std::size_t place)
    {
        Frame good(frame.family(), frame.timeMs(), frame.intervalMs());
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            if (m_faults[row]) {
                m_into.refusals.addRow(place, row, *m_faults[row]);
                continue;
            }
            const auto labels = frame.labels(row);
            const std::size_t added = good.addRow({labels.begin(), labels.end()});
            for (std::size_t column = 0; column < frame.family().columns.size(); ++column)
                good.setCell(added, column, frame.at(row, column));
        }
        return good;
    }

    /// The label of a row; a faulty one costs the row, not the batch.
    [[nodiscard]] std::string readLabel(protozero::data_view view, std::size_t row)
    {
        if (view.size() > m_limits.labelBytes)
            m_faults[row] = RefusalReason::LongLabel;
        else if (!isText(toStringView(view)))
            m_faults[row] = RefusalReason::BadText;
        else
            return {view.data(), view.size()};
        return {};
    }

    void addRows(Frame& frame, std::size_t rows, const std::vector<protozero::data_view>& labels)
    {
        const Family& family = frame.family();
        std::vector<std::vector<std::string>> rowLabels(rows, std::vector<std::string>(family.labels.size()));
        for (const protozero::data_view& view : labels) {
            protozero::pbf_message<LabelField> message(view);
            std::string key;
            std::vector<std::string> values;
            while (message.next()) {
                if (message.tag_and_type() ==
                    protozero::tag_and_type(LabelField::Key, protozero::pbf_wire_type::length_delimited)) {
                    key = readText(message.get_view(), m_limits.labelBytes, "a label key");
                } else if (message.tag_and_type() ==
                           protozero::tag_and_type(LabelField::Values, protozero::pbf_wire_type::length_delimited)) {
                    if (values.size() == rows)
                        refuse(ErrorCode::Malformed, "a label has more values than its frame has rows");
                    values.push_back(readLabel(message.get_view(), values.size()));
                } else {
                    skip(message);
                }
            }
            const auto position = std::ranges::find(family.labels, key);
            if (position == family.labels.end()) {
                ++m_into.unknownFields;
                continue;
            }
            if (values.size() != rows)
                refuse(ErrorCode::Malformed, "label " + key + " has fewer values than its frame has rows");
            const auto index = static_cast<std::size_t>(position - family.labels.begin());
            for (std::size_t row = 0; row < rows; ++row)
                rowLabels[row][index] = std::move(values[row]);
        }
        for (std::vector<std::string>& row : rowLabels)
            frame.addRow(std::move(row));
    }

    void decodeColumn(Frame& frame, protozero::pbf_message<ColumnField> message)
    {
        std::uint32_t number = 0;
        std::vector<Value> values;
        protozero::data_view absent;
        bool hasFixed = false;
        bool hasReal = false;
        const auto add = [&](Value value) {
            if (values.size() == frame.rowCount())
                refuse(ErrorCode::Malformed, "a column has more values than its frame has rows");
            values.push_back(value);
        };
        while (message.next()) {
            if (message.tag_and_type() ==
                protozero::tag_and_type(ColumnField::Number, protozero::pbf_wire_type::varint)) {
                number = message.get_uint32();
            } else if (message.tag_and_type() ==
                       protozero::tag_and_type(ColumnField::Fixed, protozero::pbf_wire_type::length_delimited)) {
                hasFixed = true;
                for (const std::int64_t value : message.get_packed_sint64())
                    add(Value::fixed(value));
            } else if (message.tag_and_type() ==
                       protozero::tag_and_type(ColumnField::Real, protozero::pbf_wire_type::length_delimited)) {
                hasReal = true;
                for (const double value : message.get_packed_double())
                    add(Value::real(value));
            } else if (message.tag_and_type() ==
                       protozero::tag_and_type(ColumnField::Absent, protozero::pbf_wire_type::length_delimited)) {
                absent = message.get_view();
            } else {
                skip(message);
            }
        }
        const auto column = columnIndex(frame.family(), number);
        const bool knownStorage =
            column && (frame.family().columns[*column].storage == Storage::Real ? !hasFixed : !hasReal);
        if (!knownStorage) {
            ++m_into.unknownColumns;
            return;
        }
        fillColumn(frame, *column, values, absent);
    }

    void fillColumn(Frame& frame, std::size_t column, const std::vector<Value>& values, protozero::data_view absent)
    {
        if (absent.size() != 0 && absent.size() != (frame.rowCount() + 7) / 8)
            refuse(ErrorCode::Malformed, "the absent bits of a column do not fit the rows of its frame");
        std::size_t next = 0;
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            const bool isAbsent =
                absent.size() != 0 && ((static_cast<unsigned>(absent.data()[row / 8]) >> (row % 8)) & 1U) != 0;
            if (isAbsent)
                continue;
            if (next == values.size())
                refuse(ErrorCode::Malformed, "a column has fewer values than its frame has rows");
            const Value value = values[next++];
            if (m_limits.finiteOnly && value.isReal() && !std::isfinite(value.asReal()))
                m_faults[row] = RefusalReason::NotFinite;
            frame.setCell(row, column, value);
        }
        if (next != values.size())
            refuse(ErrorCode::Malformed, "a column has more values than its frame has rows");
    }

    DecodedBatch& m_into;
    const DecodeLimits& m_limits;
    std::size_t m_cells = 0;
    std::vector<std::optional<RefusalReason>> m_faults; ///< by row of the frame under way
};

void decodeGap(DecodedBatch& into, protozero::pbf_message<GapField> message)
{
    GapReport gap;
    std::uint32_t cause = 0;
    while (message.next()) {
        if (message.tag_and_type() == protozero::tag_and_type(GapField::Cause, protozero::pbf_wire_type::varint)) {
            cause = message.get_uint32();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(GapField::FromMs, protozero::pbf_wire_type::varint)) {
            gap.fromMs = message.get_sint64();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(GapField::ToMs, protozero::pbf_wire_type::varint)) {
            gap.toMs = message.get_sint64();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(GapField::Detail, protozero::pbf_wire_type::length_delimited)) {
            gap.detail = readText(message.get_view(), kMaxGapDetail, "the detail of a gap");
        } else {
            ++into.unknownFields;
            message.skip();
        }
    }
    if (cause < static_cast<std::uint32_t>(GapCause::HostOff) ||
        cause > static_cast<std::uint32_t>(GapCause::ClockJump)) {
        ++into.unknownCauses;
        return;
    }
    gap.cause = static_cast<GapCause>(cause);
    into.batch.gaps.push_back(std::move(gap));
}

void decodeDocument(DecodedBatch& into, protozero::pbf_message<DocumentField> message, const DecodeLimits& limits)
{
    Document document;
    while (message.next()) {
        if (message.tag_and_type() ==
            protozero::tag_and_type(DocumentField::Kind, protozero::pbf_wire_type::length_delimited)) {
            document.kind = readText(message.get_view(), kMaxDocumentKind, "the kind of a document");
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(DocumentField::TimeMs, protozero::pbf_wire_type::varint)) {
            document.timeMs = message.get_sint64();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(DocumentField::Text, protozero::pbf_wire_type::length_delimited)) {
            document.text = readText(message.get_view(), limits.documentBytes, "a document");
        } else {
            ++into.unknownFields;
            message.skip();
        }
    }
    into.batch.documents.push_back(std::move(document));
}

/// What is no tag costs only itself.
void decodeTag(DecodedBatch& into, protozero::pbf_message<TagField> message)
{
    Label found;
    while (message.next()) {
        if (message.tag_and_type() ==
            protozero::tag_and_type(TagField::Name, protozero::pbf_wire_type::length_delimited)) {
            found.name = message.get_string();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(TagField::Value, protozero::pbf_wire_type::length_delimited)) {
            found.value = message.get_string();
        } else {
            ++into.unknownFields;
            message.skip();
        }
    }
    Labels& tags = into.batch.tags;
    if (checkTag(found) && std::ranges::find(tags, found.name, &Label::name) == tags.end())
        tags.push_back(std::move(found));
    else
        ++into.refusedTags;
}

DecodedBatch decode(std::string_view bytes, const DecodeLimits& limits)
{
    DecodedBatch decoded;
    FrameDecoder frames(decoded, limits);
    bool hasId = false;
    std::size_t frameCount = 0;
    std::size_t gapCount = 0;
    std::size_t documentCount = 0;
    std::size_t tagCount = 0;
    protozero::pbf_message<BatchField> message(bytes.data(), bytes.size());
    while (message.next()) {
        if (message.tag_and_type() ==
            protozero::tag_and_type(BatchField::Id, protozero::pbf_wire_type::length_delimited)) {
            const protozero::data_view view = message.get_view();
            BatchId::Bytes id{};
            if (view.size() != id.size())
                refuse(ErrorCode::Malformed, "the batch id has " + std::to_string(view.size()) + " bytes, not 16");
            std::copy_n(view.data(), view.size(), id.begin());
            decoded.batch.id = BatchId(id);
            hasId = true;
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Host, protozero::pbf_wire_type::length_delimited)) {
            decoded.batch.host = readText(message.get_view(), limits.labelBytes, "the host name");
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Frames, protozero::pbf_wire_type::length_delimited)) {
            if (++frameCount > limits.frames)
                refuse(ErrorCode::TooLarge, "the batch has more than " + std::to_string(limits.frames) + " frames");
            frames.decode(protozero::pbf_message<FrameField>(message.get_view()), frameCount - 1);
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Sequence, protozero::pbf_wire_type::varint)) {
            decoded.batch.sequence = message.get_uint64();
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Gaps, protozero::pbf_wire_type::length_delimited)) {
            if (++gapCount > limits.gaps)
                refuse(ErrorCode::TooLarge, "the batch has more than " + std::to_string(limits.gaps) + " gap reports");
            decodeGap(decoded, protozero::pbf_message<GapField>(message.get_view()));
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Documents, protozero::pbf_wire_type::length_delimited)) {
            if (++documentCount > limits.documents)
                refuse(
                    ErrorCode::TooLarge, "the batch has more than " + std::to_string(limits.documents) + " documents");
            decodeDocument(decoded, protozero::pbf_message<DocumentField>(message.get_view()), limits);
        } else if (message.tag_and_type() ==
                   protozero::tag_and_type(BatchField::Tags, protozero::pbf_wire_type::length_delimited)) {
            const protozero::data_view view = message.get_view();
            if (++tagCount > kMaxTags)
                ++decoded.refusedTags;
            else
                decodeTag(decoded, protozero::pbf_message<TagField>(view));
        } else {
            ++decoded.unknownFields;
            message.skip();
        }
    }
    if (!hasId)
        refuse(ErrorCode::Malformed, "the batch has no id");
    std::ranges::sort(decoded.batch.tags);
    return decoded;
}

} // namespace

std::string encodeBatch(const Batch& batch)
{
    std::string bytes;
    protozero::pbf_writer writer(bytes);
    writer.add_bytes(
        tag(BatchField::Id), reinterpret_cast<const char*>(batch.id.bytes().data()), batch.id.bytes().size());
    writer.add_string(tag(BatchField::Host), batch.host);
    for (const Frame& frame : batch.frames)
        encodeFrame(writer, frame);
    if (batch.sequence != 0)
        writer.add_uint64(tag(BatchField::Sequence), batch.sequence);
    for (const GapReport& gap : batch.gaps)
        encodeGap(writer, gap);
    for (const Document& document : batch.documents)
        encodeDocument(writer, document);
    for (const Label& label : batch.tags)
        encodeTag(writer, label);
    return bytes;
}

Result<DecodedBatch> decodeBatch(std::string_view bytes, const DecodeLimits& limits)
{
    try {
        return decode(bytes, limits);
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error);
    } catch (const protozero::exception& error) {
        return fail(ErrorCode::Malformed, std::string("not a batch: ") + error.what());
    }
}

} // namespace sextant::metrics
