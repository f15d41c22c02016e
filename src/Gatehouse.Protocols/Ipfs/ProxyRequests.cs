using System.Collections.Frozen;
using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Commands that IPFS Cluster's proxy takes for itself. Of a repeated argument it reads the first, Kubo all: one only, here.</summary>
internal static class ProxyRequests
{
    private const string PinAdd = "proxy.pin.add";
    private const string PinRemove = "proxy.pin.rm";

    private static readonly string[] Everywhere = ["arg", "timeout", "encoding", "enc", "stream-channels", "offline", "cid-base", "upgrade-cidv0-in-output"];

    private static readonly FrozenDictionary<string, string[]> Known = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["pin/add"] = [.. Everywhere, "recursive", "r", "progress", "name", "n", "type", "stream"],
        ["pin/rm"] = [.. Everywhere, "recursive", "r"],
        ["pin/ls"] = [.. Everywhere, "type", "t", "quiet", "q", "stream", "s", "names", "n"],
        ["pin/update"] = [.. Everywhere, "unpin"],
        ["repo/stat"] = [.. Everywhere, "size-only", "human"],
        ["repo/gc"] = [.. Everywhere, "stream-errors", "quiet", "q", "silent"],
        ["block/put"] = [.. Everywhere, "pin", "cid-codec", "format", "f", "mhtype", "mhlen", "allow-big-block"],
        ["dag/put"] = [.. Everywhere, "pin", "store-codec", "input-codec", "hash", "allow-big-block"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the proxy answers this request itself: two commands only where they pin.</summary>
    public static bool IsTakenOver(KuboCommand command, CanonicalTarget target, out IpfsFault? fault)
    {
        fault = null;
        if (command.Name is not ("block/put" or "dag/put"))
        {
            return true;
        }

        // Kubo takes other words for yes, and would pin past the cluster.
        bool isGiven = target.TryGetParameter("pin"u8, out ReadOnlySpan<byte> pin);
        bool pins = pin.SequenceEqual("true"u8);
        fault = !isGiven || pins || pin.SequenceEqual("false"u8) ? null : IpfsFault.BadOption("pin", "`true` or `false`");
        return pins || fault is not null;
    }

    public static IpfsFault? Read(KuboCommand command, CanonicalTarget target, IpfsDraft draft)
    {
        if (command.Name == "add")
        {
            return ReadAddition(command, target, draft);
        }

        if (CheckOptions(command, target) is { } unknown)
        {
            return unknown;
        }

        List<string> arguments = KuboRequests.Arguments(target);
        if (command.HasPathArgument)
        {
            arguments.Add(Encoding.UTF8.GetString(target.Segment(target.SegmentCount - 1)));
        }

        List<IpfsPath> paths = [];
        foreach (string argument in arguments)
        {
            if (!IpfsPath.TryParse(Encoding.UTF8.GetBytes(argument), out IpfsPath? path))
            {
                return IpfsFault.BadPath();
            }

            paths.Add(path);
        }

        return Describe(command, target, paths, draft);
    }

    private static IpfsFault? Describe(KuboCommand command, CanonicalTarget target, List<IpfsPath> paths, IpfsDraft draft)
    {
        switch (command.Name)
        {
            case "pin/add" or "pin/rm" when paths.Count != 1:
                return IpfsFault.Arguments("exactly one argument");
            case "pin/add":
                return ReadPin(target, paths[0], draft);
            case "pin/rm":
                AddPath(PinRemove, paths[0], draft, IpfsEffect.Unpin, IpfsEffect.UnpinPath, IpfsScope.Pin, IpfsScope.Unresolved);
                AddResolving(IpfsActions.RemovePath, paths[0], draft);
                return null;
            case "pin/ls" when paths.Count > 1:
                return IpfsFault.Arguments("one argument at most");
            case "pin/ls" when paths.Count == 1:
                AddPath(command.Action, paths[0], draft, IpfsEffect.Read, IpfsEffect.Read, IpfsScope.Pin, IpfsScope.Unresolved);
                return null;
            case "pin/ls":
                draft.Effect = IpfsEffect.List;
                draft.Begin(command.Action, IpfsScope.List);
                draft.NameAll();
                return null;
            case "pin/update":
                return ReadUpdate(command, target, paths, draft);
            default:
                bool brings = command.HasFile;
                draft.Effect = brings ? IpfsEffect.Add : IpfsEffect.None;
                draft.Begin(command.Action, brings ? IpfsScope.Content : IpfsScope.None);
                return paths.Count == 0 ? null : IpfsFault.Arguments("no `arg`");
        }
    }

    private static IpfsFault? ReadPin(CanonicalTarget target, IpfsPath path, IpfsDraft draft)
    {
        IpfsScope scope = AddPath(PinAdd, path, draft, IpfsEffect.Pin, IpfsEffect.PinPath, IpfsScope.NewPin, IpfsScope.Content);
        AddResolving(IpfsActions.CreatePath, path, draft);
        var reader = new PinOptionReader();
        bool isNamed = target.TryGetParameter("name"u8, out ReadOnlySpan<byte> name) || target.TryGetParameter("n"u8, out name);
        if (isNamed && reader.Take("name", Encoding.UTF8.GetString(name), out _) is { } fault)
        {
            return fault;
        }

        draft.AddModifiers(reader.Options, scope, path.Resource);
        return null;
    }

    private static IpfsFault? ReadUpdate(KuboCommand command, CanonicalTarget target, List<IpfsPath> paths, IpfsDraft draft)
    {
        if (paths.Count != 2)
        {
            return IpfsFault.Arguments("exactly two `arg`, the old pin and the new one");
        }

        bool isGiven = target.TryGetParameter("unpin"u8, out ReadOnlySpan<byte> unpin);
        bool unpins = !unpin.SequenceEqual("false"u8);
        if (isGiven && unpins && !unpin.SequenceEqual("true"u8))
        {
            return IpfsFault.BadOption("unpin", "`true` or `false`");
        }

        draft.Effect = IpfsEffect.Replace;
        draft.Add(command.Action, paths[0].Pin is null ? IpfsScope.Unresolved : IpfsScope.Pin, paths[0].Resource);
        KuboRequests.DescribeUpdate(paths, draft, PinAdd, PinRemove, unpins);
        AddResolving(IpfsActions.RemovePath, paths[0], draft);
        AddResolving(IpfsActions.CreatePath, paths[1], draft);
        return null;
    }

    private static IpfsFault? ReadAddition(KuboCommand command, CanonicalTarget target, IpfsDraft draft)
    {
        var reader = new AddOptionReader(isProxy: true);
        if (reader.Read(target) is { } fault)
        {
            return fault;
        }

        draft.Effect = IpfsEffect.Add;
        draft.Begin(command.Action, IpfsScope.Content);
        draft.AddModifiers(reader.Options, IpfsScope.Content, null);
        return null;
    }

    private static IpfsScope AddPath(
        string action, IpfsPath path, IpfsDraft draft, IpfsEffect known, IpfsEffect unknown, IpfsScope knownScope, IpfsScope unknownScope)
    {
        IpfsScope scope = path.Pin is null ? unknownScope : knownScope;
        draft.Effect = path.Pin is null ? unknown : known;
        draft.Add(action, scope, path.Resource);
        if (path.Pin is { } cid)
        {
            draft.Pins.Add(cid);
        }

        return scope;
    }

    // As at the REST API: what must be resolved first makes Kubo ask DNS and the network.
    private static void AddResolving(string action, IpfsPath path, IpfsDraft draft)
    {
        if (path.Pin is null)
        {
            draft.Add(action, IpfsScope.Unresolved, path.Resource);
        }
    }

    private static IpfsFault? CheckOptions(KuboCommand command, CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            if (!Known[command.Name].Contains(Encoding.UTF8.GetString(target.ParameterName(i)), StringComparer.Ordinal))
            {
                return IpfsFault.UnknownOption();
            }
        }

        return null;
    }
}
