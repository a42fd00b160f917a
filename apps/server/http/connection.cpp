// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/connection.h"

#include "server/http/content_coding.h"

#include <QHostAddress>
#include <QSslCertificate>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace sextant::server::http {
namespace {

constexpr qint64 kReadBytes = 64 * 1024;
/// Of the memory for input, what a connection keeps between requests.
constexpr std::size_t kKeptInput = 4 * 1024;
/// A smaller body costs less to copy behind its head than to send by itself.
constexpr qsizetype kWorthSharing = 16 * 1024;
/// When a request takes longer, it is looked whether its client is still there.
constexpr std::chrono::seconds kLookAfter{1};

} // namespace

Connection::Connection(std::uint64_t id, const Context& context, std::unique_ptr<QSslSocket> socket,
    std::unique_ptr<ConnectionBudget::Lease> lease)
    : m_id(id),
      m_context(context),
      m_socket(std::move(socket)),
      m_lease(std::move(lease)),
      m_parser(context.limits.headerBytes)
{
}

Connection::~Connection()
{
    m_socket->disconnect();
}

void Connection::start(const QSslConfiguration& tls)
{
    QSslSocket* socket = m_socket.get();
    m_phaseStart = m_lastSent = Clock::now();
    m_peer.address = addressText(socket->peerAddress());
    QObject::connect(socket, &QSslSocket::encrypted, socket, [this] { onEncrypted(); });
    QObject::connect(socket, &QSslSocket::readyRead, socket, [this] { onReadyRead(); });
    QObject::connect(socket, &QSslSocket::encryptedBytesWritten, socket, [this] { onBytesWritten(); });
    QObject::connect(socket, &QSslSocket::disconnected, socket, [this] { onDisconnected(); });
    QObject::connect(socket, &QSslSocket::errorOccurred, socket, [this] {
        // A failed handshake leaves the TCP connection open; any other error ends it by itself.
        if (m_phase == Phase::Handshake)
            abort();
    });
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    socket->setReadBufferSize(kReadBytes);
    socket->setSslConfiguration(tls);
    socket->startServerEncryption();
}

// ---- what the socket says ----

void Connection::onEncrypted()
{
    m_phase = Phase::Open;
    m_headStart = m_idleSince = m_lastSent = Clock::now();
    const QSslCertificate certificate = m_socket->peerCertificate();
    if (!certificate.isNull())
        m_peer.certificate = m_context.handler.verify(certificate.toDer());
    if (m_peer.certificate)
        m_lease->acceptAgent();
    onReadyRead();
}

void Connection::onReadyRead()
{
    if (m_phase == Phase::Lingering) {
        while (m_socket->bytesAvailable() > 0)
            m_socket->skip(m_socket->bytesAvailable());
        return;
    }
    if (m_phase != Phase::Open)
        return;
    while (mayParse()) {
        readInput();
        const std::size_t before = m_input.size();
        parseInput();
        flushAnswers();
        if (m_phase != Phase::Open || (m_socket->bytesAvailable() == 0 && m_input.size() == before))
            return;
    }
}

void Connection::onBytesWritten()
{
    m_lastSent = Clock::now();
    if (m_phase == Phase::Open && !m_stream)
        onReadyRead(); // reading may have paused for the backlog
}

void Connection::onDisconnected()
{
    gone();
}

// ---- requests in ----

void Connection::readInput()
{
    const qint64 available = std::min(m_socket->bytesAvailable(), kReadBytes);
    if (available <= 0)
        return;
    const std::size_t before = m_input.size();
    m_input.resize(before + static_cast<std::size_t>(available));
    const qint64 got = m_socket->read(m_input.data() + before, available);
    m_input.resize(before + static_cast<std::size_t>(std::max<qint64>(0, got)));
}

bool Connection::mayParse() const
{
    return m_phase == Phase::Open && !m_lastRequestSeen && !m_stream &&
           m_exchanges.size() < m_context.limits.pipelined && backlog() < m_context.limits.writeBacklogBytes;
}

void Connection::parseInput()
{
    std::size_t position = 0;
    while (mayParse() && position < m_input.size()) {
        const bool hadStarted = m_parser.hasStarted();
        const auto step = m_parser.feed(std::string_view(m_input).substr(position));
        position += step.consumed;
        if (!hadStarted && m_parser.hasStarted() && !m_firstRequest)
            m_headStart = Clock::now();
        if (m_parser.isHeadDone() && step.event != RequestParser::Event::HeadDone)
            m_bodyWindowBytes += step.consumed;
        if (step.event == RequestParser::Event::NeedMore)
            break;
        if (step.event == RequestParser::Event::Refused) {
            const auto& refusal = m_parser.refusal();
            m_unreadInput = true;
            refuse(problem(refusal.status, refusal.code, refusal.detail));
        } else if (step.event == RequestParser::Event::HeadDone) {
            headDone();
        } else {
            requestDone();
        }
    }
    if (m_lastRequestSeen)
        m_input.clear();
    else
        m_input.erase(0, position);
    // A thousand agents wait most of the time: what one large batch needed is not kept for each of them.
    if (m_input.empty() && m_input.capacity() > kKeptInput)
        std::string().swap(m_input);
}

void Connection::headDone()
{
    const RequestHead& head = m_parser.head();
    m_firstRequest = false;
    m_bodyWindowStart = Clock::now();
    m_bodyWindowBytes = 0;
    m_unreadInput = head.hasBody();
    if (m_lease->isRefused()) {
        refuse(problem(503, ErrorCode::Busy, "too many connections", std::chrono::seconds(10)));
        return;
    }
    m_admission = m_context.handler.admit(head, m_peer);
    if (m_admission.refusal && head.hasBody()) {
        refuse(std::move(*m_admission.refusal));
        return;
    }
    const std::size_t limit = std::min(m_admission.bodyLimit, m_context.limits.bodyBytes);
    if (head.contentLength.value_or(0) > limit || (head.chunked && limit == 0)) {
        refuse(problem(413, ErrorCode::TooLarge, "body: at most " + std::to_string(limit) + " bytes are allowed"));
        return;
    }
    if (!head.hasBody()) {
        requestDone();
        return;
    }
    m_parser.allowBody(limit);
    m_continueDue = head.expectsContinue;
    sendContinueWhenDue();
}

void Connection::sendContinueWhenDue()
{
    if (!m_continueDue || !m_exchanges.empty())
        return;
    m_continueDue = false;
    m_bodyWindowStart = Clock::now();
    m_bodyWindowBytes = 0;
    send("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::requestDone()
{
    Exchange exchange;
    exchange.number = m_nextExchange++;
    exchange.route = m_admission.route;
    exchange.concurrent = m_admission.concurrent;
    exchange.run = std::move(m_admission.run);
    Request request{m_parser.takeHead(), m_peer, m_parser.takeBody()};
    m_parser = RequestParser(m_context.limits.headerBytes);
    m_unreadInput = false;
    m_continueDue = false;
    m_idleSince = m_headStart = Clock::now();

    exchange.head = request.head.method == Method::Head;
    exchange.http11 = request.head.http11;
    exchange.keepAlive = request.head.keepAlive;
    if (const std::string* accept = request.head.header("accept-encoding"))
        exchange.acceptEncoding = *accept;
    m_lastRequestSeen = m_lastRequestSeen || !exchange.keepAlive;

    if (m_admission.refusal) {
        exchange.answer = std::move(m_admission.refusal);
    } else {
        const std::string* encoding = request.head.header("content-encoding");
        const auto coding = parseCoding(encoding ? std::string_view(*encoding) : std::string_view());
        if (!coding) {
            exchange.answer = problem(415, coding.error().code, coding.error().message, "Content-Encoding");
        } else if (auto body = decodeBody(std::move(request.body), *coding, m_context.limits.decodedBodyBytes); !body) {
            exchange.answer = problem(body.error(), "body");
        } else {
            request.body = std::move(*body);
            exchange.request = std::move(request);
        }
    }
    m_admission = {};
    if (exchange.answer)
        exchange.state = Exchange::State::Answered;
    m_exchanges.push_back(std::move(exchange));
    startWaiting();
}

void Connection::refuse(Response response)
{
    Exchange exchange;
    exchange.number = m_nextExchange++;
    exchange.state = Exchange::State::Answered;
    exchange.keepAlive = false;
    exchange.route = m_admission.route;
    exchange.head = m_parser.isHeadDone() && m_parser.head().method == Method::Head;
    exchange.answer = std::move(response);
    m_admission = {};
    m_lastRequestSeen = true;
    m_continueDue = false;
    m_exchanges.push_back(std::move(exchange));
}

// ---- answers out ----

void Connection::startWaiting()
{
    bool onlyConcurrentBefore = true;
    bool first = true;
    for (Exchange& exchange : m_exchanges) {
        if (exchange.state == Exchange::State::Waiting) {
            if (!first && !(onlyConcurrentBefore && exchange.concurrent))
                return;
            exchange.state = Exchange::State::Running;
            const auto run = std::move(exchange.run);
            Request request = std::move(*exchange.request);
            exchange.request.reset();
            // Answers come back through the mailbox, so m_exchanges does not change under this loop.
            run(std::move(request), Responder(m_context.mailbox, m_id, exchange.number, m_isGone));
        }
        if (exchange.state == Exchange::State::Running) {
            first = false;
            onlyConcurrentBefore = onlyConcurrentBefore && exchange.concurrent;
        }
    }
}

void Connection::deliver(Mailbox::Letter letter)
{
    if (m_phase != Phase::Open)
        return;
    if (auto* answer = std::get_if<Mailbox::Answer>(&letter.content)) {
        if (m_exchanges.empty() || answer->exchange < m_exchanges.front().number)
            return;
        const std::size_t index = answer->exchange - m_exchanges.front().number;
        if (index >= m_exchanges.size() || m_exchanges[index].state != Exchange::State::Running)
            return;
        m_exchanges[index].answer = std::move(answer->response);
        m_exchanges[index].state = Exchange::State::Answered;
        flushAnswers();
        if (m_phase == Phase::Open && !m_stream)
            onReadyRead();
    } else if (!m_stream) {
        return;
    } else if (const auto* bytes = std::get_if<Mailbox::StreamBytes>(&letter.content)) {
        sendStreamBytes(*bytes->bytes);
    } else {
        endStream();
    }
}

void Connection::flushAnswers()
{
    QByteArray out;
    std::shared_ptr<StreamBody> stream;
    bool last = false;
    bool answered = false;
    while (!last && !stream && !m_exchanges.empty() && m_exchanges.front().state == Exchange::State::Answered) {
        Exchange& exchange = m_exchanges.front();
        last = !exchange.keepAlive || (m_lastRequestSeen && m_exchanges.size() == 1);
        exchange.keepAlive = !last;
        const WireBytes bytes = wireBytes(exchange);
        out += bytes.head;
        if (bytes.body.size() < kWorthSharing) {
            out += bytes.body;
        } else {
            send(std::exchange(out, {}));
            send(bytes.body);
        }
        answered = true;
        m_context.handler.finished(exchange.route, exchange.answer->status);
        if (!exchange.head && exchange.answer->stream) {
            stream = std::move(exchange.answer->stream);
            m_streamChunked = exchange.http11;
        }
        m_exchanges.pop_front();
    }
    if (!answered)
        return;
    if (!out.isEmpty())
        send(out);
    m_idleSince = Clock::now();
    if (stream) {
        startStream(std::move(stream));
    } else if (last) {
        finishSending();
    } else {
        startWaiting();
        sendContinueWhenDue();
    }
}

WireBytes Connection::wireBytes(Exchange& exchange)
{
    WireOptions options;
    options.head = exchange.head;
    options.http11 = exchange.http11;
    options.keepAlive = exchange.keepAlive;
    options.acceptEncoding = exchange.acceptEncoding ? &*exchange.acceptEncoding : nullptr;
    options.date = m_context.date();
    return serialise(*exchange.answer, options);
}

void Connection::send(const QByteArray& bytes)
{
    if (backlog() == 0)
        m_lastSent = Clock::now();
    m_socket->write(bytes);
}

std::size_t Connection::backlog() const
{
    return static_cast<std::size_t>(m_socket->bytesToWrite() + m_socket->encryptedBytesToWrite());
}

// ---- streams ----

void Connection::startStream(std::shared_ptr<StreamBody> stream)
{
    m_stream = std::move(stream);
    m_lastRequestSeen = true;
    m_exchanges.clear();
    m_nextHeartbeat = Clock::now() + m_stream->heartbeatTime;
    m_streamOwner = m_stream->start(Stream(m_context.mailbox, m_id));
}

void Connection::sendStreamBytes(const QByteArray& bytes)
{
    if (bytes.isEmpty())
        return;
    if (backlog() + static_cast<std::size_t>(bytes.size()) > m_context.limits.writeBacklogBytes) {
        abort(); // a client that reads too slowly is cut off (docs/api.md)
        return;
    }
    if (!m_streamChunked) {
        send(bytes);
        return;
    }
    QByteArray chunk;
    chunk.reserve(bytes.size() + 16);
    chunk.append(QByteArray::number(bytes.size(), 16)).append("\r\n").append(bytes).append("\r\n");
    send(chunk);
}

void Connection::endStream()
{
    m_streamOwner.reset();
    m_stream.reset();
    if (m_streamChunked)
        send("0\r\n\r\n");
    finishSending();
}

// ---- the end ----

void Connection::finishSending()
{
    if (!m_unreadInput) {
        close();
        return;
    }
    // Closing while the client still sends would make its TCP throw our answer away: read on for a moment.
    m_phase = Phase::Lingering;
    m_phaseStart = Clock::now();
    m_input.clear();
    onReadyRead();
}

void Connection::close()
{
    m_phase = Phase::Closing;
    m_phaseStart = Clock::now();
    m_socket->disconnectFromHost();
}

void Connection::abort()
{
    m_socket->abort();
    gone();
}

void Connection::gone()
{
    if (m_phase == Phase::Gone)
        return;
    m_phase = Phase::Gone;
    *m_isGone = true;
    m_streamOwner.reset();
    m_stream.reset();
    m_lease.reset();
    m_exchanges.clear();
    m_context.retire(m_id);
}

void Connection::shutDown()
{
    if (m_stream) {
        endStream();
    } else if (m_phase == Phase::Handshake) {
        abort();
    } else if (m_phase == Phase::Open) {
        if (m_exchanges.empty() && !m_parser.hasStarted())
            close();
        else if (!m_parser.hasStarted())
            m_lastRequestSeen = true; // the last answer closes
    }
}

// ---- deadlines ----

void Connection::tick(Clock::time_point now)
{
    const Limits& limits = m_context.limits;
    switch (m_phase) {
    case Phase::Handshake:
        if (now - m_phaseStart > limits.handshakeTime)
            abort();
        break;
    case Phase::Open:
        tickOpen(now);
        break;
    case Phase::Lingering:
        if (now - m_phaseStart > limits.lingerTime)
            close();
        break;
    case Phase::Closing:
        if (now - m_phaseStart > limits.stallTime || (backlog() > 0 && now - m_lastSent > limits.stallTime))
            abort();
        break;
    case Phase::Gone:
        break;
    }
}

void Connection::tickOpen(Clock::time_point now)
{
    const Limits& limits = m_context.limits;
    // A client may leave while it is worked for. Wine loses that message when it comes right behind the request.
    if (!m_exchanges.empty() && now - m_idleSince > kLookAfter &&
        m_socket->state() == QAbstractSocket::ConnectedState) {
        m_socket->waitForReadyRead(0); // looks at the socket itself, and waits for nothing
        if (m_phase != Phase::Open)
            return;
    }
    if (backlog() > 0 && now - m_lastSent > limits.stallTime) {
        abort();
    } else if (m_stream) {
        tickStream(now);
    } else if (m_lastRequestSeen || !mayParse()) {
        return; // the server owes answers; the client owes nothing
    } else if (m_parser.isHeadDone()) {
        tickBody(now);
    } else if (m_firstRequest || m_parser.hasStarted()) {
        if (now - m_headStart <= limits.headerTime)
            return;
        m_unreadInput = true;
        refuse(problem(408, ErrorCode::TimedOut, "the headers did not arrive in time"));
        flushAnswers();
    } else if (m_exchanges.empty() && now - m_idleSince > limits.idleTime) {
        close();
    }
}

void Connection::tickBody(Clock::time_point now)
{
    const Limits& limits = m_context.limits;
    if (m_continueDue) // the client waits for our 100 Continue
        m_bodyWindowStart = now;
    if (now - m_bodyWindowStart < limits.bodyRateWindow)
        return;
    const auto needed = static_cast<std::size_t>(
        static_cast<double>(limits.bodyBytesPerSecond) * std::chrono::duration<double>(limits.bodyRateWindow).count());
    if (m_bodyWindowBytes >= needed) {
        m_bodyWindowStart = now;
        m_bodyWindowBytes = 0;
        return;
    }
    refuse(problem(408, ErrorCode::TimedOut,
        "the body arrives more slowly than " + std::to_string(limits.bodyBytesPerSecond) + " bytes per second"));
    flushAnswers();
}

void Connection::tickStream(Clock::time_point now)
{
    if (now < m_nextHeartbeat)
        return;
    m_nextHeartbeat = now + m_stream->heartbeatTime;
    if (m_stream->isAllowed && !m_stream->isAllowed())
        endStream();
    else
        sendStreamBytes(m_stream->heartbeat);
}

} // namespace sextant::server::http
