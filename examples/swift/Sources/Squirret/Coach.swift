import Foundation

/// What the coach says.
public enum CoachMessage: Sendable {
    /// A cue to be spoken.
    case voice(Voice)
    /// The state of the second.
    case data(State)
    /// A repetition ended.
    case repetition(Repetition)
    /// The person's standing is known.
    case calibrated

    public struct Voice: Decodable, Sendable { public let text: String, kind: String? }
    public struct State: Decodable, Sendable { public let value: Double, reps: Int?, stage: String?, depth: Double?, score: Double? }
    public struct Repetition: Decodable, Sendable { public let number: Int, score: Double, descentSeconds: Double, ascentSeconds: Double }
}

/// The coach's messages over STOMP 1.2. The connection comes back by itself and catches up with what it missed.
public final class Coach: Sendable {
    public let messages: AsyncStream<CoachMessage>
    private let task: Task<Void, Never>

    public init(session: Session) {
        let (stream, continuation) = AsyncStream.makeStream(of: CoachMessage.self)
        messages = stream
        task = Task {
            var connection = Connection(session: session, continuation: continuation)
            await connection.run()
            continuation.finish()
        }
        continuation.onTermination = { [task] _ in task.cancel() }
    }

    public func stop() { task.cancel() }
}

private struct Connection {
    let session: Session
    let continuation: AsyncStream<CoachMessage>.Continuation
    /// The newest message, after which the server resumes, and the session that it belongs to.
    var last: (id: String, sessionId: String)?
    var pause: Duration = .milliseconds(400)

    /// Heart-beats in both directions, ms; two silent intervals mean that nobody is there.
    static let beat = 10_000

    mutating func run() async {
        var isDoubtful = false
        while !Task.isCancelled {
            do {
                try await connect(isDoubtful: isDoubtful)
            } catch {
                isDoubtful = true
            }
            // Never as long as the others, so that clients do not all return at once.
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1.5))
            pause = min(pause * 2, .seconds(15))
        }
    }

    private mutating func connect(isDoubtful: Bool) async throws {
        let own = try await session.fresh(isDoubtful: isDoubtful)
        if last?.sessionId != own.sessionId { last = nil }
        var address = URLComponents(url: session.server.webSocket.appendingPathComponent("ws"), resolvingAgainstBaseURL: false)!
        address.queryItems = [URLQueryItem(name: "token", value: own.wsToken)]
        let socket = URLSession.shared.webSocketTask(with: address.url!, protocols: ["v12.stomp"])
        socket.resume()
        defer { socket.cancel(with: .normalClosure, reason: nil) }
        var headers = ["accept-version": "1.2", "heart-beat": "\(Self.beat),\(Self.beat)"]
        headers["squirret-resume"] = last?.id
        try await socket.send(.string(frame("CONNECT", headers)))
        let beats = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(Self.beat))
                try await socket.send(.string("\n"))
            }
        }
        defer { beats.cancel() }
        while !Task.isCancelled {
            guard case .string(let text) = try await receive(from: socket), text != "\n" else { continue }
            try await take(text, from: socket, sessionId: own.sessionId)
        }
    }

    private func receive(from socket: URLSessionWebSocketTask) async throws -> URLSessionWebSocketTask.Message {
        try await withThrowingTaskGroup(of: URLSessionWebSocketTask.Message.self) { group in
            group.addTask { try await socket.receive() }
            group.addTask {
                try await Task.sleep(for: .milliseconds(2 * Self.beat + 1_000))
                throw URLError(.timedOut)
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }

    private mutating func take(_ text: String, from socket: URLSessionWebSocketTask, sessionId: String) async throws {
        let (command, headers, body) = parse(text)
        switch command {
        case "CONNECTED":
            pause = .milliseconds(400)
            try await socket.send(.string(frame("SUBSCRIBE", ["id": "coach", "destination": "/user/queue/session", "ack": "auto"])))
        case "MESSAGE":
            if let id = headers["message-id"] { last = (id, sessionId) }
            try await message(Data(body.utf8), socket)
        case "ERROR":
            throw URLError(.badServerResponse)
        default:
            break
        }
    }

    private func message(_ body: Data, _ socket: URLSessionWebSocketTask) async throws {
        struct Kind: Decodable { let type: String }
        struct Payload<Value: Decodable>: Decodable { let payload: Value }
        let decoder = JSONDecoder()
        switch try decoder.decode(Kind.self, from: body).type {
        case "voice": continuation.yield(.voice(try decoder.decode(CoachMessage.Voice.self, from: body)))
        case "DATA": continuation.yield(.data(try decoder.decode(Payload<CoachMessage.State>.self, from: body).payload))
        case "REP": continuation.yield(.repetition(try decoder.decode(Payload<CoachMessage.Repetition>.self, from: body).payload))
        case "CALIBRATED": continuation.yield(.calibrated)
        case "TOKEN_EXPIRING":
            // A fresh token keeps the connection open.
            let own = try await session.fresh(isDoubtful: true)
            let renewal = "{\"type\":\"TOKEN\",\"payload\":{\"token\":\"\(own.wsToken)\"}}"
            try await socket.send(.string(frame("SEND", ["destination": "/app/session.message", "content-type": "application/json"], renewal)))
        default: break
        }
    }

    private func frame(_ command: String, _ headers: [String: String], _ body: String = "") -> String {
        "\(command)\n" + headers.map { "\($0.key):\($0.value)\n" }.joined() + "\n\(body)\0"
    }

    private func parse(_ text: String) -> (command: String, headers: [String: String], body: String) {
        guard let gap = text.range(of: "\n\n") else { return (text, [:], "") }
        var lines = text[..<gap.lowerBound].split(separator: "\n").map(String.init)
        let command = lines.isEmpty ? "" : lines.removeFirst()
        let pairs = lines.compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...]))
        }
        // Of a header that stands twice the first counts.
        let headers = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        return (command, headers, text[gap.upperBound...].trimmingCharacters(in: CharacterSet(charactersIn: "\0\n")))
    }
}
