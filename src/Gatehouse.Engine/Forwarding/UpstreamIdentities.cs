using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;

namespace Gatehouse.Engine.Forwarding;

/// <summary>A gate's own identity at its upstream, with secrets and files read. Their content is in no problem.</summary>
internal static class UpstreamIdentities
{
    /// <summary>Reads it; null where the gate has none, or with a problem where it cannot be had.</summary>
    public static UpstreamIdentity? Load(GateConfiguration gate, ICollection<Problem> problems)
    {
        if (!gate.HasUpstreamIdentity)
        {
            return null;
        }

        int before = problems.Count;
        string? word = gate.UpstreamPassword is { } place ? Read(gate, place, problems) : null;
        string? line = gate switch
        {
            { UpstreamUser: { } user } when word is not null => "Basic " + Base64($"{user}:{word}"),
            { UpstreamApiKey: { } key } when Read(gate, key, problems) is { } secret => "ApiKey " + Encoded(secret),
            _ => null,
        };
        SslStreamCertificateContext? certificate = Certificate(gate, problems);
        if (problems.Count == before && line is null && certificate is null)
        {
            problems.Add(GateProblems.GateSetting.Because($"gate `{gate.Name}`: its identity at the upstream is incomplete"));
        }

        return problems.Count > before
            ? null
            : new UpstreamIdentity(line is null ? default : Encoding.ASCII.GetBytes($"Authorization: {line}\r\n"), certificate)
            {
                User = word is null ? null : gate.UpstreamUser,
                Password = word is null ? default : Encoding.UTF8.GetBytes(word),
            };
    }

    // A key comes as `id:secret`, or encoded as the header wants it, which has no colon.
    private static string Encoded(string key) => key.Contains(':', StringComparison.Ordinal) ? Base64(key) : key;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string? Read(GateConfiguration gate, SecretReference secret, ICollection<Problem> problems)
    {
        string? value = secret.Read("/", out string why); // places are absolute by now
        if (value is null)
        {
            problems.Add(ConfigurationProblems.Secret.Because($"gate `{gate.Name}`: {why}"));
        }

        return value;
    }

    private static SslStreamCertificateContext? Certificate(GateConfiguration gate, ICollection<Problem> problems)
    {
        if (gate is not { UpstreamCertificate: { } file, UpstreamKey: { } keyFile })
        {
            return null;
        }

        try
        {
            SecretFile.Check(keyFile);
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(file);
            X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(file, keyFile);
            return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        }
        catch (ProblemException fault)
        {
            problems.Add(fault.Problem);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problems.Add(GateProblems.GateSetting.Because($"gate `{gate.Name}`: `{file}` with `{keyFile}` cannot be used: {fault.Message}"));
        }

        return null;
    }
}
