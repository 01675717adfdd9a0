import Foundation

/// Where the control plane is, and the calls to it.
public struct Server: Sendable {
    public let control: URL

    public init(control: URL) { self.control = control }

    /// `ws://` or `wss://` of the control plane.
    var webSocket: URL {
        var parts = URLComponents(url: control, resolvingAgainstBaseURL: false)!
        parts.scheme = parts.scheme == "https" ? "wss" : "ws"
        return parts.url!
    }

    /// Makes a call and decodes its answer; a refusal becomes a `Refusal` with the server's reason.
    func post<Answer: Decodable>(_ path: String, token: String? = nil, body: (any Encodable)? = nil) async throws -> Answer {
        var request = URLRequest(url: control.appendingPathComponent(path))
        request.httpMethod = "POST"
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let body {
            request.httpBody = try JSONEncoder().encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200..<300).contains(status) else {
            let problem = try? JSONDecoder().decode(Problem.self, from: data)
            throw Refusal(status: status, code: problem?.code ?? "", message: problem?.message ?? "")
        }
        return try JSONDecoder().decode(Answer.self, from: data)
    }

    private struct Problem: Decodable { let code: String, message: String }
}

/// The server's answer to a call that it refused.
public struct Refusal: Error, Sendable {
    public let status: Int
    public let code: String
    public let message: String

    /// Whether the session is no more, so that only a new one helps.
    var endsSession: Bool { [401, 403, 404, 410].contains(status) }
}

/// A session and its token; the token is renewed before it ends.
public actor Session {
    struct Issued: Codable { let sessionId: String, wsToken: String }

    /// A token that ends this soon is renewed before it is used, s.
    private static let margin: TimeInterval = 60

    public let server: Server
    private var issued: Issued
    private var renewal: Task<Issued, Error>?

    init(server: Server, issued: Issued) {
        self.server = server
        self.issued = issued
    }

    /// Starts a guest's session.
    public static func guest(on server: Server) async throws -> Session {
        Session(server: server, issued: try await server.post("internal/session"))
    }

    /// The session with a token that is good for a while. `isDoubtful`: the server may have forgotten the session.
    func fresh(isDoubtful: Bool = false) async throws -> Issued {
        if !isDoubtful, Self.end(of: issued.wsToken).timeIntervalSinceNow > Self.margin { return issued }
        let task = renewal ?? Task { try await renewed() }
        renewal = task
        defer { renewal = nil }
        issued = try await task.value
        return issued
    }

    private func renewed() async throws -> Issued {
        do {
            return try await server.post("api/session/\(issued.sessionId)/refresh", token: issued.wsToken)
        } catch let refusal as Refusal where refusal.endsSession {
            return try await server.post("internal/session")
        }
    }

    /// Connects a pair of insoles by the id that is printed on it.
    public func bind(device: String) async throws {
        struct Body: Encodable { let deviceId: String }
        struct Reply: Decodable { let bound: Bool }
        let own = try await fresh()
        let _: Reply = try await server.post("api/session/\(own.sessionId)/devices", token: own.wsToken, body: Body(deviceId: device))
    }

    /// When a token ends; long ago if it cannot be read.
    private static func end(of token: String) -> Date {
        struct Claims: Decodable { let exp: TimeInterval }
        let parts = token.split(separator: ".")
        guard parts.count == 3 else { return .distantPast }
        var text = parts[1].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: text), let claims = try? JSONDecoder().decode(Claims.self, from: data) else { return .distantPast }
        return Date(timeIntervalSince1970: claims.exp)
    }
}
