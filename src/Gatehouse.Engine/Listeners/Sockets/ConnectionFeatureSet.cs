using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// The features of one connection: what was set, else the connection itself where it has the interface. There are a dozen at
/// most, so a list is smaller than a table and as fast. Not thread-safe.
/// </summary>
internal sealed class ConnectionFeatureSet(object connection) : IFeatureCollection
{
    private readonly List<KeyValuePair<Type, object>> _features = new(8);

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public int Revision { get; private set; }

    /// <inheritdoc/>
    public object? this[Type key]
    {
        get
        {
            foreach (ref readonly KeyValuePair<Type, object> feature in CollectionsMarshal.AsSpan(_features))
            {
                if (feature.Key == key)
                {
                    return feature.Value;
                }
            }

            return key.IsInstanceOfType(connection) ? connection : null;
        }

        set
        {
            Revision++;
            for (int i = 0; i < _features.Count; i++)
            {
                if (_features[i].Key == key)
                {
                    _features.RemoveAt(i);
                    break;
                }
            }

            if (value is not null)
            {
                _features.Add(new KeyValuePair<Type, object>(key, value));
            }
        }
    }

    /// <inheritdoc/>
    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    /// <inheritdoc/>
    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
