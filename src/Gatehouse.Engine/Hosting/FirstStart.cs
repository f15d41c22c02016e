using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// What a start makes where it is missing: the administrator and gatehouse.yaml. Idempotent: each part is on disk before the
/// next is begun, and a start that died half-way is continued.
/// </summary>
internal static class FirstStart
{
    /// <summary>The administrator that the first start makes.</summary>
    public const string AdminName = "admin";

    /// <summary>File in the data folder that holds the first password until it was shown, or, under a service manager, until it is changed.</summary>
    public const string PasswordFileName = "initial-password";

    private const string Alphabet = "abcdefghjkmnpqrstvwxyz23456789";

    /// <summary>
    /// Makes generation 1 with the administrator and this node in an empty store. The password goes to its file first, so that a start which
    /// dies before showing it shows it next time.
    /// </summary>
    public static async ValueTask<Generation> EnsureAdministratorAsync(
        IStateStore store, string dataDirectory, NodeTrust trust, TimeProvider time, CancellationToken cancellation)
    {
        Generation? current = await store.ReadCurrentAsync(cancellation);
        if (current is not null)
        {
            return current;
        }

        string path = Path.Combine(dataDirectory, PasswordFileName);
        string password = ReadPassword(path) ?? NewPassword();
        SecretFile.Write(path, Encoding.ASCII.GetBytes(password + "\n"));
        DateTimeOffset now = time.GetUtcNow();
        var admin = new UserDocument
        {
            Name = AdminName,
            Password = PasswordHash.Create(password),
            Roles = ["superuser"],
            FullName = "Made by the first start",
            Created = now,
            Changed = now,
        };
        var document = new ClusterDocument
        {
            Users = ImmutableSortedDictionary.Create<string, UserDocument>(StringComparer.Ordinal).Add(AdminName, admin),
            Membership = trust.DescribeAlone(now, "gatehouse/first-start"),
        };
        await store.TryCommitAsync(0, document, new ChangeNote("gatehouse/first-start", "user admin made", now), cancellation);
        return await store.ReadCurrentAsync(cancellation)
            ?? throw StartProblems.StartFailed.Exception("the store lost the first generation right after its commit");
    }

    /// <summary>The first password while it is still to be told, or null. It is worthless once the administrator changed it.</summary>
    public static string? PendingPassword(string dataDirectory, ClusterDocument document)
    {
        string path = Path.Combine(dataDirectory, PasswordFileName);
        if (!File.Exists(path))
        {
            return null;
        }

        if (document.Users.TryGetValue(AdminName, out UserDocument? admin) && admin.CredentialVersion == 1)
        {
            return ReadPassword(path);
        }

        File.Delete(path);
        return null;
    }

    /// <summary>Forgets the first password: it was shown, or changed.</summary>
    public static void ForgetPassword(string dataDirectory) => File.Delete(Path.Combine(dataDirectory, PasswordFileName));

    /// <summary>The configuration that a first start decides on: whoami, and one gate for each system found that this version can guard.</summary>
    public static NodeConfiguration Decide(NodeOptions options, ImmutableArray<FoundSystem> found, Func<int, string?> ownerOf)
    {
        string address = options.ListenAddress ?? IPAddress.Loopback.ToString();
        var gates = ImmutableArray.CreateBuilder<GateConfiguration>();
        gates.Add(new GateConfiguration
        {
            Name = "whoami",
            Protocol = "http",
            Listen = Join(address, KnownPorts.Whoami),
            Upstream = "builtin:whoami",
        });
        foreach (FoundSystem system in found)
        {
            if (KnownPorts.ForGuardedPort(system.Port) is { IsSupported: true } known)
            {
                string? owner = ownerOf(system.Port);
                gates.Add(new GateConfiguration
                {
                    Name = known.Name,
                    Protocol = known.Protocol,
                    System = known.System,
                    Listen = Join(address, known.GatePort),
                    Upstream = UpstreamOf(known, system.Port),
                    RunAs = owner is null ? [] : [owner],
                    Upgrade = known.Name == "kibana" ? ["websocket"] : [],
                    Mqtt = IsMqttOverWebSocket(known) ? new MqttConfiguration { Transport = Words.MqttOverWebSocket } : null,
                });
            }
        }

        return new NodeConfiguration { Node = options.NodeName, Gates = gates.ToImmutable() };
    }

    /// <summary>The port that was found, in the form of its own protocol: whoever owns it is what the gate guards.</summary>
    private static string UpstreamOf(KnownPort known, int port) => known.Protocol switch
    {
        Words.Ignite => $"tcp://127.0.0.1:{port}",
        Words.Mqtt => IsMqttOverWebSocket(known) ? $"ws://127.0.0.1:{port}/mqtt" : $"tcp://127.0.0.1:{port}",
        _ => $"http://127.0.0.1:{port}",
    };

    private static bool IsMqttOverWebSocket(KnownPort known) => known.Name == "mqtt-websocket";

    /// <summary>Address and port as the file writes them.</summary>
    public static string Join(string address, int port) =>
        address.Contains(':', StringComparison.Ordinal) && !address.StartsWith('[') ? $"[{address}]:{port}" : $"{address}:{port}";

    /// <summary>Twenty letters and digits in fives, 98 bits; nothing a shell, a URL or a tired eye trips over.</summary>
    private static string NewPassword() =>
        string.Join('-', Enumerable.Range(0, 4).Select(static _ => RandomNumberGenerator.GetString(Alphabet, 5)));

    private static string? ReadPassword(string path)
    {
        byte[]? bytes = SecretFile.ReadIfExists(path);
        string text = bytes is null ? "" : Encoding.ASCII.GetString(bytes).Trim();
        return text.Length == 0 ? null : text;
    }
}
