using System.Net;
using System.Text;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Libp2p;
using Gatehouse.Doctor.Texts;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>Asks the ports of swarms: whether they are private, and with the key that the files have. At one address each, as it is one node.</summary>
internal static class SwarmPorts
{
    /// <summary>LP15: the cluster's swarm.</summary>
    public static async Task AskClusterAsync(ClusterSubject peer, PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        notes.Made("LP15");
        Setting secret = peer.Secret;
        using SwarmKey? key = secret.Text is { Length: > 0 } text ? SwarmKey.ParseHex(Encoding.UTF8.GetBytes(text), out _) : null;
        IPEndPoint target = door.EndPoints[0];
        switch (await SwarmQuestion.AskAsync(prober, target, key, cancellation))
        {
            case SwarmVerdict.Open:
                string against = key is null ? "" : ", whatever secret its files have";
                notes.Found("LP15", Severity.Critical, $"the swarm is open: the port speaks libp2p without a private network{against}", PortNotes.At(target, "libp2p, not encrypted with a secret"));
                break;
            case SwarmVerdict.ProtectedOther:
                notes.Found("LP15", Severity.Medium, "the swarm has another secret than the configuration: the peer runs with an older one, or another program has the port", [PortNotes.At(target, "libp2p, another secret"), Rules.Shown.Of(secret)]);
                break;
            case SwarmVerdict.Unknown when key is not null:
                notes.Undecided("LP15", "whether the swarm has its secret cannot be told: the port did not say enough", PortNotes.At(target, "no answer of libp2p"));
                break;
            default:
                break; // as configured, or no libp2p
        }
    }

    /// <summary>LP16: Kubo's swarm, where there is a key for it.</summary>
    /// <param name="folder">The node's repository.</param>
    /// <param name="notes">What is found.</param>
    /// <param name="prober">Who asks.</param>
    /// <param name="door">The port.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task AskKuboAsync(string folder, PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        notes.Made("LP16");
        string path = $"{folder}/swarm.key";
        if (notes.Subject.Host.Read(path).Bytes is not { } bytes || SwarmKey.Parse(bytes, out _) is not { } key)
        {
            return; // KU007 speaks of nodes without one
        }

        using (key)
        {
            IPEndPoint target = door.EndPoints[0];
            var file = new Evidence(EvidenceKind.File, path, "the key of the swarm");
            switch (await SwarmQuestion.AskAsync(prober, target, key, cancellation))
            {
                case SwarmVerdict.Open:
                    notes.Found("LP16", Severity.High, "the swarm is public though there is a key: the node was started without it", PortNotes.At(target, "libp2p, not encrypted with a key"), file);
                    break;
                case SwarmVerdict.ProtectedOther:
                    notes.Found("LP16", Severity.High, "the swarm is private with another key than the file's", PortNotes.At(target, "libp2p, another key"), file);
                    break;
                case SwarmVerdict.ProtectedMatch:
                    notes.Found("LP16", Severity.Info, "the swarm is private, with the key of the file", PortNotes.At(target, "libp2p, encrypted with the key"), file);
                    break;
                case SwarmVerdict.Unknown:
                    notes.Undecided("LP16", "whether the swarm has its key cannot be told: the port did not say enough", PortNotes.At(target, "no answer of libp2p"));
                    break;
                default:
                    break;
            }
        }
    }
}
