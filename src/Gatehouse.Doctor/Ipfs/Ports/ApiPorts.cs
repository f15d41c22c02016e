using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>Asks the REST API and the pinning service API, which are of one make.</summary>
/// <param name="notes">What is found.</param>
/// <param name="prober">Who asks.</param>
/// <param name="api">Which one.</param>
/// <param name="door">Its port.</param>
internal sealed class ApiPorts(PortNotes notes, Prober prober, ApiSection api, Door door)
{
    private const string Origin = "https://doctor.invalid";
    private const string OtherHost = "rebind.invalid";
    private static readonly string[] Methods = ["GET", "POST", "DELETE"];

    private bool IsRest => api.Name == "restapi";

    // Both read, change nothing, and need a user where there are users.
    private string Path => IsRest ? "/id" : "/pins?limit=1";

    /// <summary>Asks at each of its addresses, and more at the first that answers; gives the addresses that answered.</summary>
    public async Task<HttpDoor?> AskAsync(CancellationToken cancellation)
    {
        var question = new HttpQuestion(door.EndPoints[0], "GET", Path);
        HttpDoor[] open = [.. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, api.HasTls, cancellation)))).OfType<HttpDoor>().Where(d => IsApi(d.First))];
        Gates.Note(notes, "LP18", door, $"the {api.Title}", open.Select(static d => d.Target));
        NoteOpen([.. open.Where(static d => d.First.Status == 200)]);
        await NoteSpeechAsync(open, cancellation);
        if (open.FirstOrDefault() is not { } first)
        {
            return null;
        }

        bool isGuarded = first.First.Status == 401;
        if (isGuarded && IsRest)
        {
            notes.Found("LP03", Severity.Info, "the REST API asks for a password", PortNotes.At(first.Target, "GET /id without credentials: 401"));
        }

        if (IsRest)
        {
            await AskOriginAsync(first, isGuarded, cancellation);
            await AskHostAsync(first, isGuarded, cancellation);
        }

        if (isGuarded)
        {
            await TryEmptyKeyAsync(first, cancellation);
        }

        return first;
    }

    private void NoteOpen(HttpDoor[] open)
    {
        notes.Made(IsRest ? ["LP02", "LP03"] : ["LP09"]);
        if (open.Length > 0)
        {
            bool isExposed = open.Any(static d => !Door.IsLoopback(d.Target.Address));
            notes.Found(
                IsRest ? "LP02" : "LP09", isExposed ? Severity.Critical : Severity.Medium, $"the {api.Title} answered without a password{(isExposed ? "" : ", on loopback")}",
                [.. open.Select(d => PortNotes.At(d.Target, $"GET {d.Scheme}://{d.Target}{Path} without credentials: 200"))]);
        }
    }

    private async Task NoteSpeechAsync(HttpDoor[] open, CancellationToken cancellation)
    {
        notes.Made("LP04");
        HttpDoor[] plain = [.. open.Where(static d => !d.IsTls && !Door.IsLoopback(d.Target.Address))];
        if (plain.Length > 0)
        {
            string contradiction = api.HasTls ? ", though its file has certificate and key" : "";
            notes.Found("LP04", Severity.High, $"the {api.Title} speaks clear text on the network{contradiction}", [.. plain.Select(static d => PortNotes.At(d.Target, "plain HTTP"))]);
        }

        if (open.FirstOrDefault(static d => d.IsTls) is { Tls: { } tls, Target: { } target })
        {
            LiveCertificate.Note(notes, IsRest ? "IC033" : "IC053", target, $"the {api.Title}", tls);
            TlsAnswer weak = await prober.TlsAsync(target, TlsAsk.WeakSuites, cancellation);
            if (weak.Verdict == TlsVerdict.Tls)
            {
                notes.Found("LP04", Severity.Medium, $"the {api.Title} takes TLS 1.2 with key exchange by RSA or with CBC", PortNotes.At(target, $"{weak.Suite}"));
            }
        }
    }

    private async Task AskOriginAsync(HttpDoor first, bool isGuarded, CancellationToken cancellation)
    {
        notes.Made("LP05", "LP06");
        HttpAnswer?[] answers = await Task.WhenAll(Methods.Select(method => first.AskAsync("OPTIONS", "/pins", cancellation, ("Origin", Origin), ("Access-Control-Request-Method", method))));
        string[] allowed = [.. Methods.Zip(answers).Where(static a => IsConsent(a.Second) && (a.Second!.Header("Access-Control-Allow-Methods") ?? "GET").Contains(a.First, StringComparison.OrdinalIgnoreCase)).Select(static a => a.First)];
        if (allowed.Length > 0)
        {
            bool isWorse = !isGuarded && allowed.Any(static m => m != "GET");
            notes.Found("LP05", isWorse ? Severity.High : Severity.Medium, $"pages of any origin may use {string.Join(", ", allowed)}", PortNotes.At(first.Target, "preflight with a foreign Origin: allowed"));
        }

        // What is told to everybody comes with the headers of the rest.
        if (IsConsent(await first.AskAsync("GET", isGuarded ? "/health" : "/version", cancellation, ("Origin", Origin))))
        {
            notes.Found("LP06", Severity.Medium, "pages of any origin read what the REST API answers", PortNotes.At(first.Target, "GET with a foreign Origin: allowed"));
        }
    }

    private async Task AskHostAsync(HttpDoor first, bool isGuarded, CancellationToken cancellation)
    {
        notes.Made("LP07");
        HttpAnswer? answer = await first.AskAsync(new HttpQuestion(first.Target, "GET", Path) { Host = OtherHost }, cancellation);
        if (answer?.Status == first.First.Status)
        {
            notes.Found(
                "LP07", isGuarded ? Severity.Info : Severity.High, $"the REST API answers to any host name{(isGuarded ? "; its password keeps pages out that use that" : ", and asks for no password")}",
                PortNotes.At(first.Target, $"GET /id with Host: {OtherHost}: {answer.Status}"));
        }
    }

    private async Task TryEmptyKeyAsync(HttpDoor first, CancellationToken cancellation)
    {
        Setting[] users = [.. api["basic_auth_credentials"].Children.Where(static u => u.Kind == SettingKind.Null || u.Text is { Length: 0 })];
        if (users.Length == 0)
        {
            return;
        }

        notes.Made("LP08");
        foreach (Setting user in users)
        {
            HttpAnswer? good = await WithTokenAsync(first, user.Name, cancellation), bad = await WithTokenAsync(first, EmptyKeyToken.Nobody(), cancellation);
            if (good?.Status == 200 && bad?.Status is 401 or 403)
            {
                notes.Found("LP08", Severity.Critical, $"a token for `{user.Name}` that is signed with an empty key was accepted", PortNotes.At(first.Target, $"GET {Path} with a token of an empty key: 200"));
            }
        }
    }

    private Task<HttpAnswer?> WithTokenAsync(HttpDoor first, string user, CancellationToken cancellation) =>
        first.AskAsync("GET", Path, cancellation, ("Authorization", $"Bearer {EmptyKeyToken.For(user)}"));

    // Another program may have the port.
    private bool IsApi(HttpAnswer answer) => answer.Status == 401 || (answer.Status == 200 && answer.Text.Contains(IsRest ? "\"id\"" : "\"results\"", StringComparison.Ordinal));

    private static bool IsConsent(HttpAnswer? answer) => answer?.Header("Access-Control-Allow-Origin") is "*" or Origin;
}
