import Foundation

/// Sends the camera's frames to the inference plane and returns to it when the connection is lost.
public actor FrameSender {
    private struct Issued: Decodable { let sessionId: String, wsUrl: String, wsToken: String }

    /// A token lives for 15 minutes; the next connection is made with a fresh one before that.
    private static let renewal: Duration = .seconds(13 * 60)
    /// Frames that may be unanswered at once: with two the line is never idle, and nothing waits long.
    private static let maxInFlight = 2

    private let session: Session
    private var issued: Issued?
    private var socket: URLSessionWebSocketTask?
    private var inFlight = 0
    private var task: Task<Void, Never>?

    public init(session: Session) { self.session = session }

    /// Connects, and stays connected until `stop`.
    public func start() async throws {
        try await open()
        task = Task { await stayConnected() }
    }

    /// Sends one JPEG; drops it when the line is busy.
    public func send(jpeg: Data) async {
        guard let socket, inFlight < Self.maxInFlight else { return }
        inFlight += 1
        if (try? await socket.send(.data(jpeg))) == nil { await lost(socket) }
    }

    public func stop() {
        task?.cancel()
        socket?.cancel(with: .normalClosure, reason: nil)
        socket = nil
    }

    /// A new connection takes over when it stands; the server answers nothing more on the old one.
    private func open() async throws {
        struct Body: Encodable { let userId: String }
        let own = try await session.fresh()
        if let last = issued, let token = try? await refreshed(last) {
            issued = Issued(sessionId: last.sessionId, wsUrl: last.wsUrl, wsToken: token)
        } else {
            issued = try await session.server.post("api/session", token: own.wsToken, body: Body(userId: own.sessionId)) as Issued
        }
        guard let issued, var address = URLComponents(string: issued.wsUrl) else { throw URLError(.badURL) }
        address.queryItems = [URLQueryItem(name: "token", value: issued.wsToken)]
        let next = URLSession.shared.webSocketTask(with: address.url!)
        next.resume()
        let old = socket
        (socket, inFlight) = (next, 0)
        old?.cancel(with: .normalClosure, reason: nil)
        Task { await listen(to: next) }
    }

    private func refreshed(_ last: Issued) async throws -> String {
        struct Reply: Decodable { let wsToken: String }
        let reply: Reply = try await session.server.post("api/session/\(last.sessionId)/refresh", token: last.wsToken)
        return reply.wsToken
    }

    /// Every frame gets one answer; advice on the rate is no answer.
    private func listen(to own: URLSessionWebSocketTask) async {
        while own === socket, let message = try? await own.receive() {
            if case .string(let text) = message, !text.contains("\"type\":\"rate\"") { inFlight = max(0, inFlight - 1) }
        }
        await lost(own)
    }

    private func lost(_ own: URLSessionWebSocketTask) async {
        if own === socket { socket = nil }
    }

    private func stayConnected() async {
        var (pause, opened) = (Duration.milliseconds(700), ContinuousClock.now)
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(250))
            guard socket == nil || ContinuousClock.now - opened > Self.renewal else { continue }
            if socket == nil { try? await Task.sleep(for: pause * Double.random(in: 0.5...1.5)) }
            do {
                try await open()
                (pause, opened) = (.milliseconds(700), .now)
            } catch {
                pause = min(pause * 2, .seconds(15))
            }
        }
    }
}
