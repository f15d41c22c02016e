using System.Net;
using System.Text.Json;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Emqx.Ports;

/// <summary>Asks the dashboard whether it takes the administrator that every installation begins with, once, and logs out again.</summary>
internal static class DashboardPorts
{
    private const int UsualPort = 18083;
    private const string User = "admin";
    private const string Password = "public";
    private const string Origin = "https://doctor.invalid";

    /// <summary>Asks its ports, in clear and over TLS.</summary>
    public static async Task AskAsync(EmqxSubject emqx, PortNotes notes, Prober prober, CancellationToken cancellation)
    {
        foreach ((string kind, string usual) in new[] { ("http", $"{UsualPort}"), ("https", "0") })
        {
            if (EmqxBind.Parse(emqx.Word($"dashboard.listeners.{kind}.bind", usual)) is { Port: > 0 } bind && Door.At(emqx, prober, bind.Port) is { } door)
            {
                await AskAsync(notes, prober, door, kind == "https", cancellation);
            }
        }
    }

    /// <summary>The token of a login's answer, or null where it was none.</summary>
    internal static string? TokenOf(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("token", out JsonElement token) && token.ValueKind == JsonValueKind.String
                ? token.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task AskAsync(PortNotes notes, Prober prober, Door door, bool isTls, CancellationToken cancellation)
    {
        var question = new HttpQuestion(door.EndPoints[0], "GET", "/status") { Headers = [("Origin", Origin)] };
        HttpDoor[] open =
        [
            .. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, isTls, cancellation)))).OfType<HttpDoor>()
                .Where(static d => d.First.Text.Contains("emqx", StringComparison.OrdinalIgnoreCase)),
        ];
        if (open.Length == 0)
        {
            return;
        }

        notes.Made("DSH-004", "DSH-007");
        Gates.Note(notes, "GATE-001", door, "the dashboard", open.Select(static d => d.Target));
        IPEndPoint[] exposed = [.. open.Where(static d => d.First.Status == 200 && !Door.IsLoopback(d.Target.Address)).Select(static d => d.Target)];
        if (exposed.Length > 0)
        {
            notes.Found("DSH-007", Severity.Low, "`/status` told the node's name without login", [.. exposed.Select(static e => PortNotes.At(e, "GET /status: 200"))]);
        }

        HttpDoor first = open[0];
        if (first.Tls is { } tls)
        {
            LiveCertificate.Note(notes, "LIS-013", first.Target, "the dashboard", tls);
        }

        if (first.First.Header("Access-Control-Allow-Origin") is "*" or Origin)
        {
            notes.Found("DSH-004", Severity.Medium, "pages of any site may read answers of the dashboard's API", PortNotes.At(first.Target, "Access-Control-Allow-Origin for a foreign Origin"));
        }

        if (prober.Tried is { } tried && await notes.TryAsync("DSH-002", first.Target, tried, door.Owner, User, () => LogInAsync(first, cancellation)) == true)
        {
            notes.Found(
                "DSH-002", door.IsExposed ? Severity.Critical : Severity.High, $"the dashboard let `{User}` in with the password that everybody knows; the session was ended at once",
                PortNotes.At(first.Target, $"POST /api/v5/login as {User}: let in"));
        }
    }

    private static async Task<bool?> LogInAsync(HttpDoor door, CancellationToken cancellation)
    {
        var login = new HttpQuestion(door.Target, "POST", "/api/v5/login") { Body = $$"""{"username":"{{User}}","password":"{{Password}}"}""" };
        if (await door.AskAsync(login, cancellation) is not { } answer)
        {
            return null;
        }

        if (answer.Status != 200 || TokenOf(answer.Text) is not { Length: > 0 } token || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }

        // A login makes a session that would stay for an hour.
        var logout = new HttpQuestion(door.Target, "POST", "/api/v5/logout") { Body = $$"""{"username":"{{User}}"}""" };
        await door.AskAsync(logout.With("Authorization", $"Bearer {token}"), cancellation);
        return true;
    }
}
