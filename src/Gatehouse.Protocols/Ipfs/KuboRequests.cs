using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Commands of Kubo's RPC API, at Kubo itself or through IPFS Cluster's proxy.</summary>
internal static class KuboRequests
{
    private const string PinAdd = "kubo.pin.add";
    private const string PinRemove = "kubo.pin.rm";

    public static IpfsFault? Read(KuboCommand command, CanonicalTarget target, IpfsDraft draft)
    {
        if (command.IsProxyOwn && ProxyRequests.IsTakenOver(command, target, out IpfsFault? fault))
        {
            return fault ?? ProxyRequests.Read(command, target, draft);
        }

        fault = KuboOptions.Check(target);
        if (fault is not null)
        {
            return fault;
        }

        // The proxy hands these to Kubo where nothing is pinned.
        string action = command.IsProxyOwn ? "kubo.block.put" : command.Action;
        List<string> arguments = Arguments(target);
        fault = command.Arguments switch
        {
            KuboArguments.None => arguments.Count == 0 ? ReadBare(action, command, draft) : IpfsFault.Arguments("no `arg`"),
            KuboArguments.First => ReadFirst(action, arguments, draft),
            KuboArguments.Each or KuboArguments.OptionalEach => ReadEach(action, command, arguments, draft),
            _ => ReadPaths(action, command, arguments, draft),
        };
        return fault ?? AddOptionRights(command, target, draft);
    }

    /// <summary>The values of <c>arg</c>, in the order given.</summary>
    public static List<string> Arguments(CanonicalTarget target)
    {
        List<string> found = [];
        for (int i = 0; i < target.ParameterCount; i++)
        {
            if (target.ParameterName(i).SequenceEqual("arg"u8))
            {
                found.Add(Encoding.UTF8.GetString(target.ParameterValue(i)));
            }
        }

        return found;
    }

    private static IpfsFault? ReadBare(string action, KuboCommand command, IpfsDraft draft)
    {
        bool brings = command.HasFile && action is "kubo.add" or "kubo.block.put";
        draft.Effect = brings ? IpfsEffect.Add : IpfsEffect.None;
        draft.Begin(action, brings ? IpfsScope.Content : IpfsScope.None);
        return null;
    }

    // Of `config KEY VALUE` and `pin/remote/service/add NAME URL KEY` only the first may enter the record.
    private static IpfsFault? ReadFirst(string action, List<string> arguments, IpfsDraft draft)
    {
        if (arguments.Count == 0 || arguments[0].Length == 0)
        {
            return IpfsFault.Arguments("at least one `arg`");
        }

        draft.Add(action, IpfsScope.None, arguments[0]);
        return null;
    }

    private static IpfsFault? ReadEach(string action, KuboCommand command, List<string> arguments, IpfsDraft draft)
    {
        bool isOptional = command.Arguments == KuboArguments.OptionalEach;
        if ((arguments.Count == 0 && !isOptional) || arguments.Contains(""))
        {
            return IpfsFault.Arguments("at least one `arg`, none of them empty");
        }

        draft.Begin(action, IpfsScope.None);
        bool areFiles = command.Path.StartsWith("files/", StringComparison.Ordinal);
        foreach (string argument in arguments)
        {
            if (!TryName(argument, areFiles, out string resource))
            {
                return IpfsFault.BadPath();
            }

            draft.Name(resource);
        }

        if (arguments.Count == 0)
        {
            draft.NameAll();
        }

        return null;
    }

    // Kubo cleans paths of files: /a/../b would be decided on as something below /a.
    private static bool TryName(string argument, bool isFile, out string resource)
    {
        resource = argument;
        if (argument.StartsWith("/ipfs/", StringComparison.Ordinal) || argument.StartsWith("/ipns/", StringComparison.Ordinal))
        {
            bool isPath = IpfsPath.TryParse(Encoding.UTF8.GetBytes(argument), out IpfsPath? path);
            resource = path is { Pin: { } cid } ? "/ipfs/" + cid.Text : path?.Resource ?? "";
            return isPath;
        }

        if (!isFile || argument == "/")
        {
            return true;
        }

        resource = argument.EndsWith('/') ? argument[..^1] : argument;
        return resource.StartsWith('/') && IpfsPath.ArePlain(resource[1..].Split('/'));
    }

    private static IpfsFault? ReadPaths(string action, KuboCommand command, List<string> arguments, IpfsDraft draft)
    {
        (int least, int most) = command.Arguments switch
        {
            KuboArguments.Path => (1, 1),
            KuboArguments.TwoPaths => (2, 2),
            KuboArguments.Paths => (1, CanonicalTarget.MaxParameters),
            _ => (0, CanonicalTarget.MaxParameters),
        };
        if (arguments.Count < least || arguments.Count > most)
        {
            return IpfsFault.Arguments(most == least ? $"exactly {least} `arg`" : "at least one `arg`");
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

        Describe(action, paths, draft);
        return null;
    }

    private static void Describe(string action, List<IpfsPath> paths, IpfsDraft draft)
    {
        bool areKnown = paths.TrueForAll(static p => p.Pin is not null);
        draft.Pins.AddRange(paths.Where(static p => p.Pin is not null).Select(static p => p.Pin!));
        (draft.Effect, IpfsScope scope) = action switch
        {
            PinAdd => areKnown ? (IpfsEffect.Pin, IpfsScope.NewPin) : (IpfsEffect.PinPath, IpfsScope.Content),
            PinRemove => areKnown ? (IpfsEffect.Unpin, IpfsScope.Pin) : (IpfsEffect.UnpinPath, IpfsScope.Unresolved),
            "kubo.pin.update" => (IpfsEffect.Replace, paths[0].Pin is null ? IpfsScope.Unresolved : IpfsScope.Pin),
            "kubo.pin.ls" when paths.Count == 0 => (IpfsEffect.List, IpfsScope.List),
            "kubo.pin.ls" => (IpfsEffect.Read, areKnown ? IpfsScope.Pin : IpfsScope.Unresolved),
            _ => (IpfsEffect.None, IpfsScope.None),
        };
        draft.Begin(action, scope);
        paths.Take(draft.Effect == IpfsEffect.Replace ? 1 : paths.Count).ToList().ForEach(p => draft.Name(p.Resource));
        if (paths.Count == 0)
        {
            draft.NameAll();
        }

        if (draft.Effect == IpfsEffect.Replace)
        {
            DescribeUpdate(paths, draft, PinAdd, PinRemove, unpins: true);
        }
    }

    /// <summary>What is made and what goes of <c>pin/update OLD NEW</c>.</summary>
    public static void DescribeUpdate(List<IpfsPath> paths, IpfsDraft draft, string add, string remove, bool unpins)
    {
        draft.Pins.Clear();
        if (paths[1].Pin is { } made)
        {
            draft.Pins.Add(made);
        }

        draft.Replaced = unpins ? paths[0].Pin : null;
        draft.Add(add, paths[1].Pin is null ? IpfsScope.Content : IpfsScope.NewPin, paths[1].Resource);
        if (unpins)
        {
            draft.Add(remove, paths[0].Pin is null ? IpfsScope.Unresolved : IpfsScope.Pin, paths[0].Resource);
        }
    }

    // Options by which a command does what another one is there for.
    private static IpfsFault? AddOptionRights(KuboCommand command, CanonicalTarget target, IpfsDraft draft)
    {
        bool pins = command.Name switch
        {
            "add" => !Is(target, "pin"u8, "false"u8) && !Is(target, "only-hash"u8, "true"u8), // its default is to pin
            "dag/import" => !Is(target, "pin-roots"u8, "false"u8),
            "block/put" or "dag/put" => target.TryGetParameter("pin"u8, out _) && !Is(target, "pin"u8, "false"u8),
            _ => false,
        };
        if (pins)
        {
            draft.Begin(PinAdd, IpfsScope.Content);
        }
        else if (draft.Effect == IpfsEffect.Add)
        {
            draft.Options = draft.Options with { IsNotPinned = true };
        }

        if (command.Name != "add" || !target.TryGetParameter("to-files"u8, out ReadOnlySpan<byte> file))
        {
            return null;
        }

        bool isPath = TryName(file.Length == 0 ? "/" : Encoding.UTF8.GetString(file), isFile: true, out string resource);
        draft.Add("kubo.files.write", IpfsScope.None, resource);
        return isPath ? null : IpfsFault.BadPath();
    }

    private static bool Is(CanonicalTarget target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        target.TryGetParameter(name, out ReadOnlySpan<byte> given) && given.SequenceEqual(value);
}
