using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Emqx;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Emqx;

/// <summary>What the gate answers in EMQX's place: login and logout, in the shape that the dashboard's pages read.</summary>
internal sealed class DashboardAnswers(GateEnvironment environment, DashboardSessions sessions)
{
    private const int MaxNodes = 256 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static readonly SystemAction Changing = SystemAction.Intern(EmqxCatalogue.System, "clients.kick");

    /// <summary>A login that was verified and allowed.</summary>
    public async ValueTask<ForwardOutcome> LogInAsync(HttpExchange exchange, string presented)
    {
        (string version, string edition) = await AboutAsync(exchange.Gate.Forwarder!); // a gate of this system has an upstream
        Authenticated login = exchange.Login!; // step 4 came before
        string token = sessions.Begin(exchange.GateName, login, presented);
        ArrayBufferWriter<byte> body = new(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("token", token);
            json.WriteString("version", version);
            json.WriteString("role", MayChange(exchange) ? "administrator" : "viewer");
            json.WriteStartObject("license");
            json.WriteString("edition", edition);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Send(exchange, StatusCodes.Status200OK, body.WrittenSpan);
    }

    /// <summary>Ends the login whose token came with the request; without one there is nothing to end.</summary>
    public ValueTask<ForwardOutcome> LogOutAsync(HttpExchange exchange)
    {
        if (DashboardSessions.IsToken(exchange.Headers.Authorization)
            && sessions.TryOpen(exchange.GateName, exchange.Headers.Authorization, out DashboardSession? session, out _))
        {
            sessions.End(session);
        }

        return new(Send(exchange, StatusCodes.Status204NoContent, []));
    }

    /// <summary>An error instead of a forward.</summary>
    public static ForwardOutcome Refuse(HttpExchange exchange, int status, ProblemDefinition problem, string reason)
    {
        ArrayBufferWriter<byte> body = new(256);
        EmqxErrors.Write(exchange, status, problem, reason, null, body);
        if (exchange.HasBody)
        {
            exchange.CloseAfter(); // nobody read it
        }

        exchange.Verdict = new CourseVerdict(Audit.AuditAction.AccessDenied, reason, problem.Id, null);
        return Send(exchange, status, body.WrittenSpan);
    }

    private static ForwardOutcome Send(HttpExchange exchange, int status, ReadOnlySpan<byte> json)
    {
        exchange.Answer(status, json);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = status;
        exchange.Control.ResponseBytes = json.Length;
        return exchange.Control.Outcome(ForwardResult.Ok);
    }

    // Its pages show their buttons to `administrator` only; what a button may do is decided when it is pressed.
    private bool MayChange(HttpExchange exchange)
    {
        SecuritySnapshot snapshot = environment.Snapshots.Current;
        if (!exchange.TryGetContext(snapshot, environment.Time.GetUtcNow(), out AuthorizationContext context))
        {
            return false;
        }

        var wanted = new OperationSet();
        wanted.Begin(Changing);
        return Authorizer.Decide(snapshot.Policy, context, wanted).IsAllowed;
    }

    /// <summary>EMQX's version and edition, which its pages show; what can be said without them where it does not answer.</summary>
    private static async ValueTask<(string Version, string Edition)> AboutAsync(Forwarder forwarder)
    {
        (string Version, string Edition) about = ("5.0.0", "opensource");
        UpstreamReply reply = await forwarder.AskAsync(UpstreamQuestion.EmqxNodes, MaxNodes, Deadline);
        if (!reply.IsComplete || reply.Status != StatusCodes.Status200OK)
        {
            return about;
        }

        try
        {
            using JsonDocument nodes = JsonDocument.Parse(reply.Body);
            JsonElement node = nodes.RootElement.EnumerateArray().FirstOrDefault();
            return node.ValueKind == JsonValueKind.Object
                ? (TextOf(node, "version") ?? about.Version, TextOf(node, "edition")?.ToLowerInvariant() ?? about.Edition)
                : about;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return about;
        }
    }

    private static string? TextOf(JsonElement node, string name) =>
        node.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}
