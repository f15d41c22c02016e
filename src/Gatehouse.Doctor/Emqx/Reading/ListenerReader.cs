using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Finds the listeners of an installation.</summary>
internal static class ListenerReader
{
    private static readonly string[] Kinds = ["tcp", "ssl", "ws", "wss", "quic"];

    /// <summary>
    /// All of them. One called <c>default</c> of each kind but QUIC is there whatever else is set, until it is marked for deletion.
    /// </summary>
    public static ImmutableArray<EmqxListener> Of(EmqxSubject emqx)
    {
        var found = ImmutableArray.CreateBuilder<EmqxListener>();
        foreach (string kind in Kinds)
        {
            Setting all = emqx[$"listeners.{kind}"];
            IEnumerable<string> names = all.Children.Select(static child => child.Name);
            foreach (string name in (kind == "quic" ? names : names.Prepend("default")).Distinct(StringComparer.Ordinal))
            {
                Setting node = emqx.Settings.Find(SettingPath.Of("listeners", kind, name));
                if (node.Text != "marked_for_deletion")
                {
                    found.Add(Listener(emqx, kind, name, node));
                }
            }
        }

        return found.ToImmutable();
    }

    private static EmqxListener Listener(EmqxSubject emqx, string kind, string name, Setting node)
    {
        Setting bind = emqx.Settings.Find(node.Path.Add("bind"));

        // 5.0 wrote `enabled`.
        Setting flag = emqx.Settings.Find(node.Path.Add("enable"));
        flag = flag.IsSet ? flag : emqx.Settings.Find(node.Path.Add("enabled"));
        return new EmqxListener
        {
            Kind = kind,
            Name = name,
            Node = node,
            IsOn = flag.IsSet ? flag.AsBoolean() : true,
            Bind = bind.IsSet ? EmqxBind.Parse(bind.Text) : new EmqxBind(null, EmqxListener.DefaultPort(kind)),
        };
    }
}
